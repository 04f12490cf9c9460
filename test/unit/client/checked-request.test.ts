import { once } from 'node:events';

import { expect, it } from 'vitest';

import { requestChecked } from '../../../client/checked-request.ts';

it.each(['https://127.0.0.1:1/a', 'HTTPS://127.0.0.1:1/a', 'HTTP://127.0.0.1:1/a'])(
  'asks by the scheme of an address, however it is spelled: %s',
  async (url) => {
    const [error] = (await once(requestChecked(url, {}), 'error')) as [unknown];
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  },
);
