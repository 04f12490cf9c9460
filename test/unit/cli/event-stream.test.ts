import { EventEmitter } from 'node:events';
import type http from 'node:http';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createEventStream } from '../../../cli/event-stream.ts';
import type { ListPage } from '../../../functions/records/list.ts';

type Row = readonly [id: string, status: string, at: string];
let rows: Row[] = [];
let reads = 0;
let isBroken = false;
const list = async (): Promise<ListPage> => {
  reads += 1;
  if (isBroken) throw new Error('no table');
  const detections = rows.map(([detect_task_id, status, updated_at]) => ({
    detect_task_id,
    status,
    updated_at,
  }));
  return { detections } as unknown as ListPage;
};

function listener() {
  const written: string[] = [];
  const response = Object.assign(new EventEmitter(), {
    writeHead: () => response,
    write: (text: string) => written.push(text),
    end: () => {},
  });
  const events = (): string[] => written.splice(0).map((text) => text.replace(/\s+$/, ''));
  return {
    response: response as unknown as http.ServerResponse,
    events,
    leave: () => response.emit('close'),
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  [rows, reads, isBroken] = [[['a', 'starting', '1']], 0, false];
});
afterEach(() => vi.useRealTimers());

const ready = 'event: ready\ndata: {}';
const pass = () => vi.advanceTimersByTimeAsync(100);

describe('the event stream', () => {
  it('names what changed and what is gone, to every listener', async () => {
    const stream = createEventStream({ list, paceMs: 100 });
    const [one, two] = [listener(), listener()];
    stream.send(one.response);
    stream.send(two.response);
    await pass();
    expect(one.events()).toEqual(['retry: 1000', ready]);
    rows = [
      ['b', 'starting', '2'],
      ['a', 'succeeded', '2'],
    ];
    await pass();
    const told = 'event: changed\ndata: {"changed":["b","a"],"gone":[]}';
    expect(one.events()).toEqual([told]);
    expect(two.events()).toContain(told);
    rows = rows.slice(0, 1);
    await pass();
    expect(one.events()).toEqual(['event: changed\ndata: {"changed":[],"gone":["a"]}']);
    await pass();
    expect(one.events()).toEqual([]);
  });

  it('is ready once the list was read: a change after it is named', async () => {
    const reading = Promise.withResolvers<void>();
    const stream = createEventStream({
      list: async (): Promise<ListPage> => {
        await reading.promise;
        return list();
      },
      paceMs: 100,
    });
    const { response, events } = listener();
    stream.send(response);
    await pass();
    expect(events()).toEqual(['retry: 1000']);
    reading.resolve();
    await pass();
    expect(events()).toEqual([ready]);
    stream.close();
  });

  it('reads nothing while nothing listens', async () => {
    const stream = createEventStream({ list, paceMs: 100 });
    await pass();
    expect(reads).toBe(0);
    const { response, leave } = listener();
    stream.send(response);
    await pass();
    leave();
    const before = reads;
    await pass();
    expect(reads).toBe(before);
  });

  it('says when the list cannot be read, and goes on', async () => {
    const stream = createEventStream({ list, paceMs: 100 });
    const { response, events } = listener();
    stream.send(response);
    await pass();
    isBroken = true;
    await pass();
    expect(events().at(-1)).toBe('event: unavailable\ndata: {}');
    isBroken = false;
    rows = [['a', 'processing', '2']];
    await pass();
    expect(events()).toEqual(['event: changed\ndata: {"changed":["a"],"gone":[]}', ready]);
    stream.close();
  });
});
