import { describe, expect, it } from 'vitest';

import type { Script } from '../../local/simulator/script.ts';
import { useMachine } from '../support/one-machine.ts';

const processing = { step: 'pending', status: 'processing' } as const;

/**
 * Says on standard error how much memory the process came to at the most, in KB. Linux counts the memory
 * that the parent process held into `maxRSS`, so the kernel's own mark is read where there is one.
 */
const sayPeak = `
  import { readFileSync } from 'node:fs';
  process.on('exit', () => {
    let kb = process.resourceUsage().maxRSS;
    try {
      kb = /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? kb;
    } catch {}
    console.error('peak', kb);
  });`;
const peakMemory = ['--import', `data:text/javascript,${encodeURIComponent(sayPeak)}`];
const peakKb = (stderr: string): number => Number(/^peak (\d+)$/m.exec(stderr)?.[1]);

describe('one process', { timeout: 240_000 }, () => {
  const machine = useMachine();
  const { start } = machine;

  it('records ten thousand faces of an eight-megabyte answer in less than 256 MB', async () => {
    const id = machine.simulator.submit([{ step: 'succeeded', faces: 10_000, linkBytes: 780 }], 'large');
    const ended = await start(['start', id, '--json'], { flags: peakMemory }).ended;
    expect(ended.records()[0]?.faces).toHaveLength(10_000);
    expect(peakKb(ended.stderr)).toBeLessThan(256 * 1_024);
  });

  // `npm run bench:start` has many thousand of them.
  it('brings two hundred tasks to their right records in less than 400 MB', async () => {
    const mixed: { script: Script; result: object }[] = [
      {
        script: [processing, { step: 'succeeded', faces: 3 }],
        result: { status: 'succeeded', face_count: 3 },
      },
      {
        script: [processing, { step: 'failed', error: 'no' }],
        result: { status: 'failed', error: { code: 'DETECTION_FAILED' } },
      },
      {
        script: [
          { step: 'html', httpStatus: 502 },
          { step: 'succeeded', faces: 1 },
        ],
        result: { status: 'succeeded', face_count: 1 },
      },
      {
        script: [
          { step: 'code', code: 429, retryAfter: '1' },
          { step: 'succeeded', faces: 0 },
        ],
        result: { status: 'succeeded', face_count: 0 },
      },
      {
        script: [{ step: 'wrongId' }, { step: 'code', code: 501 }],
        result: { status: 'failed', error: { code: 'GENERATION_FAILED' } },
      },
      {
        script: [{ step: 'code', code: 505 }],
        result: { status: 'abandoned', error: { code: 'FEATURE_DISABLED' } },
      },
    ];
    const ids = Array.from({ length: 200 }, (_, index) =>
      machine.simulator.submit(mixed[index % mixed.length]?.script ?? [], `many-${index}`),
    );
    const ended = await start(['start', '-', '--wait', '--json'], {
      stdin: ids.join('\n'),
      flags: peakMemory,
    }).ended;
    expect(ended.code).toBe(3);
    const records = ended.records();
    expect(new Set(records.map((record) => record.detect_task_id)).size).toBe(200);
    for (const record of records) {
      expect(record).toMatchObject(
        mixed[Number(record.detect_task_id.split('-')[1]) % mixed.length]?.result ?? {},
      );
    }
    expect(peakKb(ended.stderr)).toBeLessThan(400 * 1_024);
  });
});
