/** What happened to a detection, oldest first. */
import type { DetectionBody } from '../functions/api/answers.ts';
import { isOpen } from './format.ts';
import { Foreign, Instant } from './parts.tsx';

interface Moment {
  at: string;
  what: string;
}

export function Timeline({ detection }: { detection: DetectionBody }) {
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      <ol class="timeline">
        {momentsOf(detection).map(({ at, what }) => (
          <li key={`${at} ${what}`}>
            <Instant iso={at} /> <Foreign text={what} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function momentsOf(detection: DetectionBody): Moment[] {
  const { submitted_at, created_at, updated_at, final_at, status, deadline_at, delivery, attempt } =
    detection;
  const past = [
    ...(submitted_at === undefined ? [] : [{ at: submitted_at, what: 'submitted' }]),
    { at: created_at, what: 'started' },
    ...(final_at === undefined && status === 'processing'
      ? [{ at: updated_at, what: 'processing, last written' }]
      : []),
    ...(final_at === undefined ? [] : [{ at: final_at, what: `${status} in attempt ${attempt}` }]),
    ...(delivery?.history ?? []).map(({ at, status: answer, fault }) => ({
      at,
      what: `webhook: ${answer === undefined ? (fault ?? 'no answer') : `HTTP ${answer}`}`,
    })),
  ].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return [
    ...past,
    ...(isOpen(status) ? [{ at: deadline_at, what: 'deadline' }] : []),
    ...(delivery?.next_at === undefined
      ? []
      : [{ at: delivery.next_at, what: 'next attempt of the webhook' }]),
    ...(delivery === undefined || delivery.next_at !== undefined
      ? []
      : [{ at: delivery.history.at(-1)?.at ?? updated_at, what: `webhook ${delivery.state}` }]),
  ];
}
