/** How the polling does: the rate limit, the tasks in flight, how long answers took, and how tasks ended. */
import { useState } from 'preact/hooks';

import type { ListedBody, RateBody } from '../functions/api/answers.ts';
import { getJson, listDetections } from './api.ts';
import { Bars, bucketed } from './chart.tsx';
import { facts } from './facts.ts';
import { count, duration, instant, isOpen, plain } from './format.ts';
import { useLive } from './live.ts';
import { Fault, timeLeft } from './parts.tsx';

/** The newest records: what is shown is about them. */
const looked = 1_000;

interface Found {
  rows: readonly ListedBody[];
  isMore: boolean;
  inFlight: string;
  rate: RateBody | undefined;
}

export function Health() {
  const [found, setFound] = useState<Found>();
  const [fault, setFault] = useState<string>();
  useLive('health', async (isStale) => {
    try {
      const [page, inFlight, rate] = await Promise.all([
        listDetections({ limit: looked }),
        countInFlight(),
        getJson<RateBody>('rate').catch(() => undefined),
      ]);
      if (isStale()) return;
      setFound({ rows: page.detections, isMore: page.cursor !== undefined, inFlight, rate });
      setFault(undefined);
    } catch (caught) {
      if (!isStale()) setFault((caught as Error).message);
    }
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  });
  return (
    <>
      <h1>Health</h1>
      <Fault message={fault} />
      {found === undefined ? fault === undefined && <p>Loading…</p> : <Report {...found} />}
    </>
  );
}

/** Of all records: one that waits for long is not among the newest. */
async function countInFlight(): Promise<string> {
  const open = facts.statuses.filter(isOpen);
  const pages = await Promise.all(open.map((status) => listDetections({ status, limit: looked })));
  const total = pages.reduce((sum, { detections }) => sum + detections.length, 0);
  return pages.some(({ cursor }) => cursor !== undefined) ? `${total} or more` : String(total);
}

function Report({ rows, isMore, inFlight, rate }: Found) {
  const ended = rows.filter(({ status }) => !isOpen(status));
  return (
    <>
      <dl class="numbers">
        <div>
          <dt>In flight</dt>
          <dd>{inFlight}</dd>
        </div>
        <div>
          <dt>Rate limit</dt>
          <dd>{rateOf(rate)}</dd>
        </div>
      </dl>
      <h2>{isMore ? `The newest ${count(rows.length, 'record')}` : count(rows.length, 'record')}</h2>
      <dl class="numbers">
        {[50, 90, 99].map((percent) => (
          <div key={percent}>
            <dt>Answer after, {percent}th percentile</dt>
            <dd>{percentile(ended, percent)}</dd>
          </div>
        ))}
        <div>
          <dt>Usable now</dt>
          <dd>{ended.filter((row) => !['', 'expired'].includes(timeLeft(row, Date.now()))).length}</dd>
        </div>
      </dl>
      <Bars title="How tasks ended" unit="tasks" buckets={bucketed(ended, outcomesOf)} />
      <Bars title="Time to the answer, 90th percentile" unit="seconds" buckets={bucketed(ended, lagOf)} />
    </>
  );
}

function rateOf(rate: RateBody | undefined): string {
  if (rate?.limit === undefined) return 'not known';
  if (rate.limit === 0) return 'none';
  const paused = rate.paused_until === undefined ? '' : `, paused until ${instant(rate.paused_until)}`;
  const hold = rate.hold === undefined ? '' : ` (${plain(rate.hold)})`;
  return `${Number((rate.effective ?? rate.limit).toFixed(2))} of ${rate.limit} calls a second${paused}${hold}`;
}

/** From the beginning of the record to its end. */
const tookMs = ({ created_at, updated_at }: ListedBody): number =>
  Date.parse(updated_at) - Date.parse(created_at);

function percentileMs(rows: readonly ListedBody[], percent: number): number | undefined {
  const sorted = rows
    .map(tookMs)
    .filter(Number.isFinite)
    .toSorted((a, b) => a - b);
  return sorted[Math.max(Math.ceil((sorted.length * percent) / 100) - 1, 0)];
}

function percentile(rows: readonly ListedBody[], percent: number): string {
  const ms = percentileMs(rows, percent);
  return ms === undefined ? 'no answer yet' : duration(ms);
}

const outcomesOf = (rows: readonly ListedBody[]): Record<string, number> =>
  Object.fromEntries(
    ['succeeded', 'failed', 'abandoned'].map((status) => [
      status,
      rows.filter((row) => row.status === status).length,
    ]),
  );

const lagOf = (rows: readonly ListedBody[]): Record<string, number> => ({
  seconds: (percentileMs(rows, 90) ?? 0) / 1_000,
});
