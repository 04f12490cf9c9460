/** What a command keeps of tasks that have ended while others go on. */
import { getEventListeners } from 'node:events';
import { Readable, Writable } from 'node:stream';

import { describe, expect, it } from 'vitest';

import { readIds } from '../../../cli/input.ts';
import { createOutput } from '../../../cli/output.ts';
import { runEach } from '../../../cli/run-each.ts';
import type { Detection } from '../../../functions/detection/fields.ts';
import { toDetection } from '../../../functions/detection/fields.ts';
import { newHead } from '../../../functions/records/head.ts';
import { backendWith, run } from '../../support/cli-in-process.ts';
import { facesOf, noonMs, ownerNamed, taskId, testDefaults } from '../../support/records.ts';

const recordOf = (id: string): Detection => ({
  ...toDetection(newHead({ detect_task_id: taskId(id) }, ownerNamed(`1-${id}`), testDefaults, noonMs), []),
  status: 'succeeded',
  face_count: 2,
  faces: facesOf(2),
});
/** More than the arguments that a call may have. */
const countless = 150_000;
const namesOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `id-${index}`);

describe('many ids', () => {
  it('may be more than a call has room for', async () => {
    const names = namesOf(countless);
    expect(await readIds(['-'], Readable.from([names.join('\n')]))).toEqual(names);
  });

  it('may be as many lines of a table', () => {
    let lines = 0;
    const stdout = new Writable({
      write(_chunk, _encoding, done) {
        lines += 1;
        done();
      },
    });
    const record = recordOf('a');
    const { summary } = createOutput(Object.assign(stdout, { isTTY: true }) as never, { format: 'text' });
    summary(
      namesOf(countless)
        .fill('a')
        .map(() => record),
    );
    expect(lines).toBe(countless + 1);
  });

  it('leave nothing at the signal when they have ended', async () => {
    const { signal } = new AbortController();
    const last = Promise.withResolvers<string>();
    let most = 0;
    const step = async (name: string): Promise<string> => {
      most = Math.max(most, getEventListeners(signal, 'abort').length);
      return name === 'id-0' ? last.promise : name;
    };
    const accept = (name: string): number => {
      if (name === 'id-199') last.resolve(name);
      return 0;
    };
    const codes = await runEach(namesOf(200), step, { accept, say: () => {}, signal, maxInFlight: 4 });
    expect(codes).toHaveLength(200);
    expect(most).toBeLessThanOrEqual(4);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('records', () => {
  const first = Promise.withResolvers<void>();

  it('are shown in the order of their names, each as soon as those before it are there', async () => {
    let shown = '';
    const stdout = new Writable({
      write(chunk: Buffer, _encoding, done) {
        shown += chunk.toString();
        done();
      },
    }) as unknown as NodeJS.WriteStream;
    const seen: boolean[] = [];
    const client = {
      async get(id: string): Promise<Detection> {
        if (id === 'id-0') await first.promise;
        if (id === 'id-1') first.resolve();
        if (id === 'id-4') seen.push(shown.includes('id-0'), shown.includes('id-1'));
        return recordOf(id);
      },
    };
    const open = async () => backendWith(client, { maxInFlight: 2 });
    const { code } = await run(['get', ...namesOf(5)], { open, stdout });
    expect(code).toBe(0);
    expect(seen).toEqual([true, true]);
    expect(shown.match(/^detect_task_id\t.*$/gm)).toEqual(namesOf(5).map((id) => `detect_task_id\t${id}`));
  });

  it('are also shown behind one that was interrupted', async () => {
    const controller = new AbortController();
    const client = {
      async get(id: string): Promise<Detection> {
        if (id === 'id-0') await new Promise(() => {});
        if (id === 'id-2') setImmediate(() => controller.abort(new Error('interrupted')));
        return recordOf(id);
      },
    };
    const open = async () => backendWith(client, { maxInFlight: 2 });
    const { stdout } = await run(['get', ...namesOf(3)], { open, signal: controller.signal });
    expect(stdout.match(/^detect_task_id\t.*$/gm)).toEqual(['detect_task_id\tid-1', 'detect_task_id\tid-2']);
  });
});
