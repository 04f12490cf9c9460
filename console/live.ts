/** What changes while the page is open: records, and time. */
import { useEffect, useRef, useState } from 'preact/hooks';

export interface Changes {
  changed: readonly string[];
  gone: readonly string[];
}

type Listener = (changes: Changes | 'all') => void;
const listeners = new Set<Listener>();
const watchers = new Set<(isLive: boolean) => void>();
let isLive = false;

const setLive = (live: boolean): void => {
  isLive = live;
  for (const watcher of watchers) watcher(live);
};
const notify = (changes: Changes | 'all'): void => {
  for (const listener of listeners) listener(changes);
};

export function connect(): void {
  const source = new EventSource('events');
  source.addEventListener('ready', () => {
    setLive(true);
    // Whatever happened while there was no connection.
    notify('all');
  });
  source.addEventListener('changed', (event) => notify(JSON.parse(String(event.data)) as Changes));
  source.addEventListener('unavailable', () => setLive(false));
  source.addEventListener('error', () => setLive(false));
}

export function useIsLive(): boolean {
  const [live, setState] = useState(isLive);
  useEffect(() => {
    watchers.add(setState);
    setState(isLive);
    return () => void watchers.delete(setState);
  }, []);
  return live;
}

/** Calls `load` at the beginning, when `key` changes, and when records change; never twice at a time. */
export function useLive(
  key: string,
  load: (isStale: () => boolean) => Promise<void>,
  isMeant: (changes: Changes) => boolean = () => true,
): void {
  const latest = useRef({ load, isMeant });
  latest.current = { load, isMeant };
  useEffect(() => {
    let isOver = false;
    let isLoading = false;
    let isDue = false;
    const run = async (): Promise<void> => {
      if (isLoading) return void (isDue = true);
      isLoading = true;
      isDue = false;
      await latest.current.load(() => isOver);
      // A burst of changes is one change.
      await new Promise((resolve) => setTimeout(resolve, 250));
      isLoading = false;
      if (isDue && !isOver) void run();
    };
    const listener: Listener = (changes) => {
      if (changes === 'all' || latest.current.isMeant(changes)) void run();
    };
    listeners.add(listener);
    void run();
    return () => {
      isOver = true;
      listeners.delete(listener);
    };
  }, [key]);
}

/** The time, as often as it is shown. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
