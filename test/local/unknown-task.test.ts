import path from 'node:path';

import { expect, it } from 'vitest';

import { openLocalStack } from '../../local/stack.ts';
import { temporaryFolder } from '../support/cli.ts';

it('an id that no simulator made is rejected at once, and leaves no record', async () => {
  await using folder = await temporaryFolder();
  const dataFolder = path.join(folder.path, 'data');
  const stack = await openLocalStack({ dataFolder, provider: { kind: 'simulator' } });
  try {
    await expect(stack.client.start({ detect_task_id: 'sample-imgae' })).rejects.toThrow(
      'detect_task_id: the simulator made no task of this id; submit media first, start a sample such as sample-image, or set CRUN_API_KEY to ask the real provider',
    );
    expect(await stack.client.get('sample-imgae')).toBeUndefined();
  } finally {
    await stack.close();
  }
});
