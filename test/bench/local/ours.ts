/** The local stack as the command opens it, its provider in another process. */
import { openLocalStack } from '../../../local/stack.ts';
import type { Subject } from './subject.ts';

export async function openOurs(
  folder: string,
  provider: { baseUrl: string; apiKey: string },
): Promise<Subject> {
  const { client } = await openLocalStack({ dataFolder: folder, provider: { kind: 'crun', ...provider } });
  return {
    async finish(detectTaskId) {
      await client.start({ detect_task_id: detectTaskId });
      const detection = await client.wait(detectTaskId);
      if (detection?.status !== 'succeeded') throw new Error(`${detectTaskId} ended as ${detection?.status}`);
    },
    async wait(detectTaskId) {
      await client.start({ detect_task_id: detectTaskId });
    },
  };
}
