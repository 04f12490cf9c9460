/** The request of a face swap, ready to send: nothing is sent from here. */
import { useEffect, useState } from 'preact/hooks';

import type { DetectionBody } from '../functions/api/answers.ts';
import { postJson } from './api.ts';
import { count } from './format.ts';
import { CopyButton, Fault } from './parts.tsx';

interface Built {
  json: string;
  curl: string;
}

export interface SwapProps {
  detection: DetectionBody;
  targets: ReadonlyMap<number, string>;
}

export function SwapRequest({ detection, targets }: SwapProps) {
  const { detect_task_id: id } = detection;
  const [isAnyway, setAnyway] = useState(false);
  const [built, setBuilt] = useState<Built>();
  const [fault, setFault] = useState<string>();
  useEffect(() => {
    setBuilt(undefined);
    setFault(undefined);
    if (targets.size === 0) return undefined;
    let isOver = false;
    const timer = setTimeout(() => {
      postJson<Built>(`swap-request/${id}`, { targets: Object.fromEntries(targets), anyway: isAnyway }).then(
        (made) => isOver || setBuilt(made),
        (error: Error) => isOver || setFault(error.message),
      );
    }, 200);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [id, targets, isAnyway]);
  return (
    <section aria-labelledby="swap">
      <h2 id="swap">Swap request</h2>
      <p>
        {targets.size === 0
          ? 'Put a target URL beside a face: the request is built here, and nothing is sent. The other faces stay as they are.'
          : `${count(targets.size, 'face')} of ${detection.face_count} with a target.`}{' '}
        <label>
          <input
            type="checkbox"
            checked={isAnyway}
            onChange={(event) => setAnyway(event.currentTarget.checked)}
          />{' '}
          also when expired
        </label>
      </p>
      <Fault message={fault} />
      {built !== undefined && (
        <>
          <p class="actions">
            <CopyButton text={built.json}>Copy JSON</CopyButton>{' '}
            <CopyButton text={built.curl}>Copy curl</CopyButton>
          </p>
          <textarea readOnly rows={12} aria-label="Body of the request" value={built.json} />
        </>
      )}
    </section>
  );
}
