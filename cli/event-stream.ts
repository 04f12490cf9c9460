/** Server-sent events: which records changed. The newest of the list are read while anything listens. */
import type http from 'node:http';

import type { ListPage } from '../functions/records/list.ts';

export interface EventStream {
  /** The stream ends with its connection. */
  send(response: http.ServerResponse): void;
  close(): void;
}

export interface EventStreamDeps {
  list: (options: { limit: number }) => Promise<ListPage>;
  /** From one read of the list to the next. */
  paceMs: number;
}

/** A record that changes becomes the newest: more changes at a time than this are reported as far as they are seen. */
const watched = 50;
/** A page that lost its connection tries again after this long. */
const retryMs = 1_000;

function writeEvent(to: Iterable<http.ServerResponse>, event: string, data: object): void {
  for (const response of to) response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

export function createEventStream({ list, paceMs }: EventStreamDeps): EventStream {
  const listeners = new Set<http.ServerResponse>();
  /** Those that know that the list is read: what they load from now on misses no change. */
  const ready = new Set<http.ServerResponse>();
  let seen: Map<string, string> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isReading = false;

  async function look(): Promise<void> {
    if (isReading) return;
    isReading = true;
    try {
      const { detections } = await list({ limit: watched });
      const current = new Map<string, string>(
        detections.map(({ detect_task_id, status, updated_at }) => [
          detect_task_id,
          `${status} ${updated_at}`,
        ]),
      );
      const changed = [...current.keys()].filter((id) => current.get(id) !== seen?.get(id));
      // A full list loses its last records to newer ones.
      const gone = current.size < watched ? [...(seen?.keys() ?? [])].filter((id) => !current.has(id)) : [];
      if (seen !== undefined && changed.length + gone.length > 0)
        writeEvent(listeners, 'changed', { changed, gone });
      seen = current;
      const newcomers = [...listeners].filter((response) => !ready.has(response));
      writeEvent(newcomers, 'ready', {});
      for (const response of newcomers) ready.add(response);
    } catch {
      writeEvent(listeners, 'unavailable', {});
      ready.clear();
    } finally {
      isReading = false;
    }
  }

  return {
    send(response) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(`retry: ${retryMs}\n\n`);
      listeners.add(response);
      timer ??= setInterval(() => void look(), paceMs);
      void look();
      response.on('close', () => {
        listeners.delete(response);
        ready.delete(response);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
        seen = undefined;
      });
    },
    close() {
      clearInterval(timer);
      for (const response of listeners) response.end();
    },
  };
}
