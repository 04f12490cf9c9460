import { describe, expect, it } from 'vitest';

import { joinProcesses, providerOf } from '../../local/processes.ts';
import { startSimulator } from '../../local/simulator/simulator.ts';
import { openLocalStack } from '../../local/stack.ts';
import { temporaryFolder } from '../support/cli.ts';

const apiKey = 'a-key';
const openAt = (dataFolder: string, baseUrl: string) =>
  openLocalStack({ dataFolder, provider: { kind: 'crun', baseUrl, apiKey } });

describe('a task begun at one base URL', { timeout: 60_000 }, () => {
  it('is refused at another, and goes on at its own, with any number of slashes', async () => {
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
    const begun = await openAt(folder.path, own.baseUrl);
    await begun.client.start({ detect_task_id: 'task' });
    await begun.close();

    const elsewhere = await openAt(folder.path, other.baseUrl);
    await expect(elsewhere.client.start({ detect_task_id: 'task' })).rejects.toThrow(
      /^CRUN_BASE_URL: must be as when task was started/,
    );
    await elsewhere.close();
    expect(other.requests.length).toBe(0);

    const again = await openAt(folder.path, `${own.baseUrl}/`);
    await again.client.start({ detect_task_id: 'task' });
    await expect(again.client.wait('task')).resolves.toMatchObject({ status: 'succeeded' });
    await again.close();
  });
});

describe('an idempotency key that was used at one base URL', { timeout: 60_000 }, () => {
  it('answers with no task of another provider, and with the same one however the URL is spelled', async () => {
    await using folder = await temporaryFolder();
    await using own = await startSimulator({ apiKey });
    await using other = await startSimulator({ apiKey });
    const input = { media_url: 'https://media.example/a.jpg', idempotency_key: 'order-7' };

    const begun = await openAt(folder.path, own.baseUrl);
    const { detect_task_id } = await begun.client.detect(input);
    await begun.close();

    const elsewhere = await openAt(folder.path, other.baseUrl);
    await expect(elsewhere.client.detect(input)).rejects.toThrow(
      'idempotency_key: was used at another provider; take a new key to submit the media here',
    );
    await elsewhere.close();
    expect(other.created).toEqual([]);

    const again = await openAt(folder.path, `${own.baseUrl}//`);
    await expect(again.client.detect(input)).resolves.toMatchObject({ detect_task_id });
    await again.close();
    expect(own.created).toHaveLength(1);
  });
});

it('no two base URLs look like one provider', async () => {
  await using folder = await temporaryFolder();
  // Their digests begin with the same 16 bits.
  const [one, other] = await Promise.all(
    [1_152, 1_343].map((port) => joinProcesses(folder.path, 'crun', `http://127.0.0.1:${port}`)),
  );
  expect(providerOf(one?.id ?? '')).not.toBe(providerOf(other?.id ?? ''));
  await Promise.all([one?.close(), other?.close()]);
});
