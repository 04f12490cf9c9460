/** The list: newest first, live, with filters, and what needs attention above it. */
import { useState } from 'preact/hooks';

import type { ListBody, ListedBody } from '../functions/api/answers.ts';
import { listDetections } from './api.ts';
import { Attention } from './attention.tsx';
import { facts } from './facts.ts';
import { duration, isOpen } from './format.ts';
import { useLive, useNow } from './live.ts';
import { Fault, Foreign, Instant, Status, timeLeft } from './parts.tsx';

const pageLength = 50;

export function List() {
  const [status, setStatus] = useState('');
  const [error, setError] = useState('');
  /** The cursor of each page up to this one; the first page has none. */
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const [page, setPage] = useState<ListBody>();
  const [fault, setFault] = useState<string>();
  const cursor = cursors.at(-1);
  useLive(`${status} ${error} ${cursor}`, async (isStale) => {
    try {
      const found = await listDetections({ status, error, cursor, limit: pageLength });
      if (isStale()) return;
      setPage(found);
      setFault(undefined);
    } catch (caught) {
      if (!isStale()) setFault((caught as Error).message);
    }
  });
  const filter = (set: (value: string) => void) => (event: Event) => {
    set((event.currentTarget as HTMLSelectElement).value);
    setCursors([]);
  };
  return (
    <>
      <h1>Detections</h1>
      <Attention />
      <form class="filters" onSubmit={findById}>
        <label>
          Status{' '}
          <select value={status} onChange={filter(setStatus)}>
            <option value="">all</option>
            {facts.statuses.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <label>
          Error{' '}
          <select value={error} onChange={filter(setError)}>
            <option value="">any</option>
            {Object.keys(facts.errors).map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <label>
          Task id <input name="id" size={20} pattern="[A-Za-z0-9_\-]{1,64}" required autocomplete="off" />
        </label>
        <button>Open</button>
      </form>
      <Fault message={fault} />
      {page === undefined ? <p>Loading…</p> : <Rows rows={page.detections} />}
      <nav class="pages" aria-label="Pages">
        <button
          type="button"
          disabled={cursors.length === 0}
          onClick={() => setCursors(cursors.slice(0, -1))}
        >
          Newer
        </button>
        <span>Page {cursors.length + 1}</span>
        <button
          type="button"
          disabled={page?.cursor === undefined}
          onClick={() => page?.cursor !== undefined && setCursors([...cursors, page.cursor])}
        >
          Older
        </button>
      </nav>
    </>
  );
}

function findById(event: Event): void {
  event.preventDefault();
  const id = new FormData(event.currentTarget as HTMLFormElement).get('id') as string;
  location.hash = `#/task/${id.trim()}`;
}

function Rows({ rows }: { rows: readonly ListedBody[] }) {
  const now = useNow(1_000);
  if (rows.length === 0) return <p>There is no record here.</p>;
  return (
    <div class="scroll" role="region" aria-label="Detections" tabIndex={0}>
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">Status</th>
            <th scope="col">Result</th>
            <th scope="col">Time left</th>
            <th scope="col" class="wide">
              Took
            </th>
            <th scope="col" class="widest">
              Changed
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.detect_task_id}>
              <th scope="row">
                <a href={`#/task/${row.detect_task_id}`}>{row.detect_task_id}</a>
              </th>
              <td>
                <Status status={row.status} />
              </td>
              <td>{resultOf(row)}</td>
              <td>{timeLeft(row, now)}</td>
              <td class="wide">{tookOf(row, now)}</td>
              <td class="widest">
                <Instant iso={row.updated_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function resultOf({ face_count, error }: ListedBody) {
  if (error !== undefined) return <Foreign text={error.code} />;
  return face_count === undefined ? '' : `${face_count} ${face_count === 1 ? 'face' : 'faces'}`;
}

/** Lists of an earlier version do not hold the beginning. */
function tookOf({ created_at, updated_at, status }: ListedBody, now: number): string {
  const since = Date.parse(created_at);
  return Number.isNaN(since) ? '' : duration((isOpen(status) ? now : Date.parse(updated_at)) - since);
}
