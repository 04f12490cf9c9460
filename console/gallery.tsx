/** The faces, a page at a time, each with its id and a place for the URL that replaces it. */
import { useState } from 'preact/hooks';

import type { DetectionBody } from '../functions/api/answers.ts';
import { count, plain } from './format.ts';
import { picturesOf } from './pictures.ts';

type Face = NonNullable<DetectionBody['faces']>[number];

/** Ten thousand faces are as quick as sixty. */
const pageLength = 60;
const setting = 'faces are shown';

export interface GalleryProps {
  detection: DetectionBody;
  targets: ReadonlyMap<number, string>;
  onTarget: (face: number, url: string) => void;
}

export function Gallery({ detection, targets, onTarget }: GalleryProps) {
  const [isShown, setShown] = useState(localStorage.getItem(setting) === 'yes');
  const [first, setFirst] = useState(0);
  const { faces = [], face_count = 0 } = detection;
  const show = (event: Event): void => {
    const { checked } = event.currentTarget as HTMLInputElement;
    localStorage.setItem(setting, checked ? 'yes' : 'no');
    setShown(checked);
  };
  const last = Math.min(first + pageLength, faces.length);
  return (
    <section aria-labelledby="faces">
      <h2 id="faces">Faces</h2>
      <p>
        <label>
          <input type="checkbox" checked={isShown} onChange={show} /> Show faces
        </label>{' '}
        {faces.length < face_count && `${faces.length} of ${count(face_count, 'face')} loaded…`}
      </p>
      {face_count === 0 && <p>The provider found no face.</p>}
      {faces.length > pageLength && (
        <nav class="pages" aria-label="Pages of faces">
          <button type="button" disabled={first === 0} onClick={() => setFirst(first - pageLength)}>
            Earlier faces
          </button>
          <span>
            {first + 1} to {last} of {faces.length}
          </span>
          <button type="button" disabled={last === faces.length} onClick={() => setFirst(first + pageLength)}>
            Later faces
          </button>
        </nav>
      )}
      <ul class={isShown ? 'gallery' : 'gallery blurred'}>
        {faces.slice(first, last).map((face, index) => (
          <li key={`${face.id} ${first + index}`}>
            <Picture detection={detection} face={face} />
            <Target face={face} targets={targets} onTarget={onTarget} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Target({ face, targets, onTarget }: { face: Face } & Pick<GalleryProps, 'targets' | 'onTarget'>) {
  return (
    <label>
      <span>
        <strong>face_id {face.id}</strong> becomes
      </span>
      <input
        type="url"
        placeholder="https://…"
        value={targets.get(face.id) ?? ''}
        onInput={(event) => onTarget(face.id, event.currentTarget.value.trim())}
      />
    </label>
  );
}

/** The archived copy first, else the provider's link; where neither can be shown, what the link is. */
function Picture({ detection, face }: { detection: DetectionBody; face: Face }) {
  const [tries, setTries] = useState(0);
  const source = picturesOf(detection, face)[tries];
  if (source === undefined) {
    const text = plain(face.link);
    return (
      <p class="no-picture" title={text}>
        no picture: <bdi>{text.slice(0, 80)}</bdi>
      </p>
    );
  }
  return (
    <img
      src={source}
      alt={`Face ${face.id}`}
      width={160}
      height={160}
      loading="lazy"
      decoding="async"
      referrerpolicy="no-referrer"
      onError={() => setTries(tries + 1)}
    />
  );
}
