import { expect, it } from 'vitest';

import { namesOf } from '../../../cli/loopback-server.ts';

it.each([
  ['127.0.0.1:8080', ['127.0.0.1:8080', 'localhost:8080']],
  ['127.0.0.1:80', ['127.0.0.1:80', 'localhost:80', '127.0.0.1', 'localhost']],
  ['127.0.0.1:8180', ['127.0.0.1:8180', 'localhost:8180']],
])('the server on %s has the names by which clients ask for it', (address, names) => {
  expect([...namesOf(address)]).toEqual(names);
});
