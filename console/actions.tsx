/** What can be done with a detection in its present state. */
import { useState } from 'preact/hooks';

import type { DetectionBody } from '../functions/api/answers.ts';
import { forget, pathOf, postJson } from './api.ts';
import { isOpen } from './format.ts';
import { Ask, Fault } from './parts.tsx';

export function Actions({ detection }: { detection: DetectionBody }) {
  const { detect_task_id: id, status, callback_url, error } = detection;
  const [isAsking, setAsking] = useState(false);
  const [said, setSaid] = useState('');
  const [fault, setFault] = useState<string>();
  const act = (sentence: string, action: () => Promise<unknown>) => async (): Promise<void> => {
    setSaid('');
    setFault(undefined);
    try {
      await action();
      setSaid(sentence);
    } catch (caught) {
      setFault((caught as Error).message);
    }
  };
  const post = (action: string) => () => postJson(`${pathOf(id)}/${action}`);
  const forgetIt = act('Forgotten.', async () => {
    await forget(id);
    location.hash = '#/';
  });
  return (
    <section aria-label="Actions">
      <p class="actions">
        {error?.retryable && (
          <button type="button" onClick={() => void act('Polled again.', post('retry'))()}>
            Retry
          </button>
        )}
        {isOpen(status) && (
          <button type="button" onClick={() => void act('Cancelled.', post('cancel'))()}>
            Cancel
          </button>
        )}
        {!isOpen(status) && callback_url !== undefined && (
          <button type="button" onClick={() => void act('The webhook is due.', post('redeliver'))()}>
            Redeliver
          </button>
        )}
        <button type="button" class="danger" onClick={() => setAsking(true)}>
          Forget…
        </button>
        <span role="status">{said}</span>
      </p>
      <Fault message={fault} />
      {isAsking && (
        <Ask
          title={`Forget ${id}?`}
          confirm="Forget"
          onAnswer={(isConfirmed) => {
            setAsking(false);
            if (isConfirmed) void forgetIt();
          }}
        >
          <p>Everything stored for this task is deleted: its faces, its result, its history.</p>
        </Ask>
      )}
    </section>
  );
}
