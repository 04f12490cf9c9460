/** One detection: its faces, what became of it, and what can be done. */
import { useState } from 'preact/hooks';

import type { DetectionBody } from '../functions/api/answers.ts';
import { Actions } from './actions.tsx';
import { getDetection, getJson, RequestError } from './api.ts';
import { clock, count, isOpen, plain, webAddress } from './format.ts';
import { Gallery } from './gallery.tsx';
import { useLive, useNow } from './live.ts';
import { Advice, CopyButton, Fault, Foreign, Status } from './parts.tsx';
import { SwapRequest } from './swap.tsx';
import { Timeline } from './timeline.tsx';

export function DetectionView({ id }: { id: string }) {
  const [detection, setDetection] = useState<DetectionBody>();
  const [cost, setCost] = useState<string>();
  const [fault, setFault] = useState<string>();
  const [targets, setTargets] = useState<ReadonlyMap<number, string>>(new Map());
  useLive(
    id,
    async (isStale) => {
      try {
        await getDetection(id, (part) => {
          if (!isStale()) setDetection(part);
          return !isStale();
        });
        const { cost: spent } = await getJson<{ cost: string }>(`cost/${id}`);
        if (isStale()) return;
        setCost(spent);
        setFault(undefined);
      } catch (caught) {
        if (isStale()) return;
        if (caught instanceof RequestError && caught.status === 404) setDetection(undefined);
        setFault((caught as Error).message);
      }
    },
    ({ changed, gone }) => changed.includes(id) || gone.includes(id),
  );
  const setTarget = (face: number, url: string): void => {
    const next = new Map(targets);
    if (url === '') next.delete(face);
    else next.set(face, url);
    setTargets(next);
  };
  return (
    <>
      <p>
        <a href="#/">← all detections</a>
      </p>
      <h1>{id}</h1>
      <Fault message={fault} />
      {detection === undefined ? (
        fault === undefined && <p>Loading…</p>
      ) : (
        <>
          <Summary detection={detection} />
          <Actions detection={detection} />
          <Failure detection={detection} />
          {detection.status === 'succeeded' && (
            <>
              <Gallery detection={detection} targets={targets} onTarget={setTarget} />
              <SwapRequest detection={detection} targets={targets} />
            </>
          )}
          <Timeline detection={detection} />
          <Details detection={detection} cost={cost} />
        </>
      )}
    </>
  );
}

function Summary({ detection }: { detection: DetectionBody }) {
  const { status, face_count, detect_id } = detection;
  return (
    <p class="summary">
      <Status status={status} /> {face_count !== undefined && count(face_count, 'face')}
      {detect_id !== undefined && (
        <>
          {' · detect_id '}
          <code>
            <Foreign text={detect_id} />
          </code>{' '}
          <CopyButton text={detect_id}>Copy</CopyButton> <Countdown detection={detection} />
        </>
      )}
      {isOpen(status) && ' · polling'}
    </p>
  );
}

function Countdown({ detection: { usable_until, usable_until_assumed } }: { detection: DetectionBody }) {
  const ms = Date.parse(usable_until) - useNow(1_000);
  if (ms <= 0) return <strong class="expired">expired: a swap will probably be refused</strong>;
  return (
    <span role="timer">
      {usable_until_assumed ? 'about ' : ''}
      {clock(ms)} left
    </span>
  );
}

function Failure({ detection: { error } }: { detection: DetectionBody }) {
  if (error === undefined) return null;
  return (
    <section class="failure" aria-labelledby="error">
      <h2 id="error">
        <Foreign text={error.code} />
      </h2>
      <p>
        <Foreign text={error.message} />
        {error.reason !== undefined && ` The last poll: ${error.reason}.`}
      </p>
      {(error.provider_message ?? error.provider_code) !== undefined && (
        <p>
          The provider says:{' '}
          <Foreign text={[error.provider_code, error.provider_message].filter(Boolean).join(' ')} />
        </p>
      )}
      <p>
        <strong>What to do:</strong> <Advice code={error.code} />
        {error.retryable && ', then retry'}.
      </p>
    </section>
  );
}

/** The attributes of the record that are not shown elsewhere. */
function Details({ detection, cost }: { detection: DetectionBody; cost: string | undefined }) {
  const {
    media_url: media,
    faces: _faces,
    cursor: _cursor,
    error: _error,
    delivery: _delivery,
    ...others
  } = detection;
  const address = media === undefined ? undefined : webAddress(media);
  return (
    <section aria-labelledby="record">
      <h2 id="record">Record</h2>
      <p>
        Cost at AWS: <strong>{cost ?? '…'}</strong> for {count(detection.polls, 'call')} to the provider
        {media !== undefined && (
          <>
            {' · media: '}
            {address === undefined ? (
              <Foreign text={media} />
            ) : (
              <a href={address.href} rel="noreferrer noopener" target="_blank">
                <Foreign text={media} />
              </a>
            )}
          </>
        )}
      </p>
      <details>
        <summary>All attributes</summary>
        <dl>
          {Object.entries(others).map(([name, value]) => (
            <div key={name}>
              <dt>{plain(name)}</dt>
              <dd>
                <Foreign text={typeof value === 'object' ? JSON.stringify(value) : String(value)} />
              </dd>
            </div>
          ))}
        </dl>
      </details>
    </section>
  );
}
