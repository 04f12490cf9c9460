/** What needs a person: failures by their code, and results that expire soon. */
import { useState } from 'preact/hooks';

import type { ListedBody } from '../functions/api/answers.ts';
import { type BulkCounts, listDetections, retryAll } from './api.ts';
import { facts } from './facts.ts';
import { count } from './format.ts';
import { useLive, useNow } from './live.ts';
import { Advice, Fault } from './parts.tsx';

/** So many of each status are counted; more are said to be more. */
const counted = 200;
const soonMs = 10 * 60_000;

export function Attention() {
  const [rows, setRows] = useState<readonly ListedBody[]>([]);
  const [isMore, setMore] = useState(false);
  const [counts, setCounts] = useState<BulkCounts & { code: string; isDone: boolean }>();
  const [fault, setFault] = useState<string>();
  const now = useNow(5_000);
  useLive('attention', async (isStale) => {
    try {
      const statuses = ['abandoned', 'failed', 'succeeded'];
      const pages = await Promise.all(statuses.map((status) => listDetections({ status, limit: counted })));
      if (isStale()) return;
      setRows(pages.flatMap((page) => page.detections));
      setMore(pages.slice(0, 2).some((page) => page.cursor !== undefined));
      // The list itself says what is wrong, where something is.
    } catch {}
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  });
  const byCode = Map.groupBy(
    rows.filter((row) => row.error !== undefined),
    (row) => row.error?.code ?? '',
  );
  const expiring = rows.filter(({ detect_id, usable_until }) => {
    const ms = Date.parse(usable_until) - now;
    return detect_id !== undefined && ms > 0 && ms < soonMs;
  });
  const retry = async (code: string): Promise<void> => {
    setFault(undefined);
    setCounts({ code, done: 0, rejected: 0, isDone: false });
    try {
      await retryAll(code, (some) => setCounts({ ...some, code, isDone: false }));
      setCounts((some) => some && { ...some, isDone: true });
    } catch (caught) {
      setFault((caught as Error).message);
    }
  };
  return (
    <section class="attention" aria-label="Needs attention">
      <ul>
        {[...byCode].map(([code, found]) => (
          <li key={code}>
            <strong>
              {count(found.length, 'task')}
              {isMore ? ' or more' : ''}
            </strong>{' '}
            without faces: <code>{code}</code> · <Advice code={code} />{' '}
            {facts.errors[code]?.isRetryable && (
              <button type="button" onClick={() => void retry(code)}>
                Retry all with {code}
              </button>
            )}
          </li>
        ))}
        {expiring.length > 0 && (
          <li>
            <strong>{count(expiring.length, 'result')}</strong> can be used for less than ten minutes:{' '}
            {expiring.slice(0, 5).map(({ detect_task_id: id }) => (
              <a key={id} href={`#/task/${id}`}>
                {id}
              </a>
            ))}
          </li>
        )}
        {byCode.size === 0 && expiring.length === 0 && (
          <li class="calm">Nothing failed, nothing expires soon.</li>
        )}
      </ul>
      <p role="status">
        {counts &&
          `${counts.code}: ${count(counts.done, 'task')} retried, ${counts.rejected} rejected${counts.isDone ? '' : '…'}`}
      </p>
      <Fault message={fault} />
    </section>
  );
}
