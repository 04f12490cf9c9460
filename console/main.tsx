/** The page: its views by the fragment of the address. */
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { DetectionView } from './detection.tsx';
import { facts } from './facts.ts';
import { Health } from './health.tsx';
import { List } from './list.tsx';
import { connect, useIsLive } from './live.ts';
import { Foreign } from './parts.tsx';
import { Submit } from './submit.tsx';

const views = [
  { hash: '#/', name: 'Detections' },
  { hash: '#/new', name: 'New' },
  { hash: '#/health', name: 'Health' },
];

function useHash(): string {
  const [hash, setHash] = useState(location.hash || '#/');
  useEffect(() => {
    const follow = (): void => setHash(location.hash || '#/');
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return hash;
}

function viewOf(hash: string) {
  if (hash === '#/new') return <Submit />;
  if (hash === '#/health') return <Health />;
  const [, id] = /^#\/task\/([\w-]{1,64})$/.exec(hash) ?? [];
  return id === undefined ? <List /> : <DetectionView key={id} id={id} />;
}

function Page() {
  const hash = useHash();
  const isLive = useIsLive();
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    // A new view is where reading goes on.
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [hash]);
  return (
    <>
      <header>
        <nav aria-label="Views">
          {views.map(({ hash: to, name }) => (
            <a key={to} href={to} aria-current={to === hash ? 'page' : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <p>
          <Foreign text={facts.place} />
          {facts.isSimulated && ' · simulator'} ·{' '}
          <span role="status" class={isLive ? 'live' : 'lost'}>
            {isLive ? 'live' : 'not connected'}
          </span>
        </p>
      </header>
      <main ref={main} tabIndex={-1}>
        {viewOf(hash)}
      </main>
    </>
  );
}

connect();
const root = document.querySelector('#root');
if (root !== null) render(<Page />, root);
