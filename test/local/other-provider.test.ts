import { describe, expect, it } from 'vitest';

import { startSimulator } from '../../local/simulator/simulator.ts';
import { openLocalStack } from '../../local/stack.ts';
import { temporaryFolder } from '../support/cli.ts';

const apiKey = 'a-key';

describe('a task begun at one base URL', { timeout: 60_000 }, () => {
  it('is refused at another, and goes on at its own', async () => {
    await using folder = await temporaryFolder();
    await using own = await startSimulator({ apiKey });
    await using other = await startSimulator({ apiKey });
    own.submit(
      [
        { step: 'pending', status: 'processing', times: 3 },
        { step: 'succeeded', faces: 1 },
      ],
      'task',
    );
    const openAt = (baseUrl: string) =>
      openLocalStack({ dataFolder: folder.path, provider: { kind: 'crun', baseUrl, apiKey } });

    const begun = await openAt(own.baseUrl);
    await begun.client.start({ detect_task_id: 'task' });
    await begun.close();

    const elsewhere = await openAt(other.baseUrl);
    await expect(elsewhere.client.start({ detect_task_id: 'task' })).rejects.toThrow(
      /^CRUN_BASE_URL: must be as when task was started/,
    );
    await elsewhere.close();
    expect(other.requests.length).toBe(0);

    const again = await openAt(own.baseUrl);
    await again.client.start({ detect_task_id: 'task' });
    await expect(again.client.wait('task')).resolves.toMatchObject({ status: 'succeeded' });
    await again.close();
  });
});
