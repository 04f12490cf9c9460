/** An archive beside a forgetting, a delivery, a crash and another invocation. */
import { describe, expect, it } from 'vitest';

import { claimMs } from '../../../functions/archive/archive.ts';
import { pictureNamed } from '../../support/pictures.ts';
import { answerOf, facesOf, ownerNamed, some, written } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { ProcessDied } from '../../support/table.ts';
import { archivesOn } from './archives.ts';

const table = await openSuiteTable();
const minute = 60_000;

describe('forgetting', () => {
  it('deletes every object of a task, and none of another whose id begins alike', async () => {
    const on = archivesOn(table);
    const head = await on.settled(3);
    const other = await on.settled(1, { detect_task_id: `${head.detect_task_id}x` });
    await on.archive(head.detect_task_id);
    await on.archive(other.detect_task_id);
    await on.records.forget(head.detect_task_id);
    expect(on.keys().filter((key) => !key.startsWith(`faces/${other.detect_task_id}/`))).toEqual([]);
    expect(on.keys()).toHaveLength(2);
  });

  it('in the middle of an archive leaves nothing, though pictures are written after it', async () => {
    const on = archivesOn(table);
    const { detect_task_id: id } = await on.settled(3);
    on.beforeFetch(async () => {
      await on.records.forget(id);
      expect(on.keys()).toEqual([]);
    });
    expect(await on.archive(id)).toBeUndefined();
    expect(on.fetched).toHaveLength(3);
    expect(on.keys()).toEqual([]);
    expect(on.put).toEqual([]);
    expect(await on.records.read(id)).toMatchObject({ kind: 'forgotten' });
  });

  it('in the middle of an archive, and begun anew, leaves what is written after it to the sweep', async () => {
    const on = archivesOn(table);
    const { detect_task_id: id } = await on.settled(2);
    on.beforeFetch(async () => {
      await on.records.forget(id);
      await on.begun({ detect_task_id: id }, ownerNamed(`2-${id}`, 2));
    });
    expect(await on.archive(id)).toBeUndefined();
    expect(on.keys()).toHaveLength(2);
    await on.records.complete(await on.headOf(id), answerOf([]), some);
    const cleaned = await written(on.records.deleteOrphans(await on.headOf(id)));
    expect(cleaned).not.toHaveProperty('orphan_refs');
    expect(on.keys()).toEqual([]);
  });

  it('that is slow deletes no picture of the record that is begun meanwhile', async () => {
    const on = archivesOn(table);
    const { detect_task_id: id } = await on.settled(2);
    await on.archive(id);
    on.store.before = async (call) => {
      if (call !== 'delete') return;
      on.store.before = () => {};
      const next = await on.begun({ detect_task_id: id }, ownerNamed(`2-${id}`, 2));
      await on.publish(await written(on.records.complete(next, answerOf(facesOf(1)), some)));
      expect(await on.archive(id)).toBe('complete');
    };
    await on.records.forget(id);
    expect(on.keys().map((key) => key.split('/')[2])).toEqual(['2', '2']);
  });

  it('of an archive whose writer dies behind it is finished by the sweep, after the writer’s time', async () => {
    const on = archivesOn(table);
    const { detect_task_id: id } = await on.settled(3);
    await new Promise<void>((resolve) => {
      on.outside.fetchLink = async (link) => {
        // The process ends here: only its first picture is written, behind the forgetting.
        if (on.fetched.length > 1) return new Promise(() => {});
        await on.records.forget(id);
        on.store.before = () => void setImmediate(resolve);
        return { bytes: pictureNamed(link) };
      };
      void on.archive(id);
    });
    expect(on.keys()).not.toEqual([]);
    const marked = await on.records.read(id);
    expect(marked).toMatchObject({ kind: 'forgotten' });
    const dueAt = marked.kind === 'forgotten' ? Date.parse(marked.tombstone.due_at ?? '') : 0;
    expect(dueAt).toBeGreaterThan(on.clock.now() + claimMs + 2 * minute);
    on.clock.pass(dueAt - on.clock.now());
    await on.records.forget(id);
    expect(on.keys()).toEqual([]);
    expect(await on.records.read(id)).not.toHaveProperty('tombstone.due_at');
  });

  it('leaves nothing of an archive that begins meanwhile, or its tombstone is due', async () => {
    const on = archivesOn(table, { archives: true });
    const { detect_task_id: id } = await on.completed();
    table.before('PutItem', () => on.archive(id));
    await on.records.forget(id);
    expect(on.keys()).toEqual([]);
    expect(await on.records.read(id)).toMatchObject({
      kind: 'forgotten',
      tombstone: { due_at: new Date(on.clock.now() + 5 * minute).toISOString() },
    });
  });

  it('that dies before the pictures are deleted is finished by the next call', async () => {
    const on = archivesOn(table);
    const { detect_task_id: id } = await on.settled(2);
    await on.archive(id);
    on.store.before = () => Promise.reject(new ProcessDied());
    await expect(on.records.forget(id)).rejects.toThrow(ProcessDied);
    expect(on.keys()).toHaveLength(3);
    on.store.before = () => {};
    on.clock.pass(5 * minute);
    await on.records.forget(id);
    expect(on.keys()).toEqual([]);
  });

  it('also deletes what a start would find again over the tombstone', async () => {
    const on = archivesOn(table);
    const { detect_task_id: id } = await on.settled(2);
    await on.archive(id);
    on.store.before = () => Promise.reject(new ProcessDied());
    await expect(on.records.forget(id)).rejects.toThrow(ProcessDied);
    on.store.before = () => {};
    await on.begun({ detect_task_id: id });
    expect(on.keys()).toEqual([]);
  });
});

describe('a delivery beside the archive', () => {
  const callback_url = 'https://hooks.example/';

  it('and the archive keep the record due for whichever comes first', async () => {
    const on = archivesOn(table);
    const head = await on.settled(1, { callback_url });
    const { delivery } = head;
    if (delivery === undefined) throw new Error('publishing begins a delivery');
    const laterMs = on.clock.now() + 60 * minute;
    const next_at = new Date(laterMs).toISOString();
    await on.records.recordDelivery(head, { ...delivery, attempts: 1, next_at }, laterMs);
    // The archive was to begin at once: it is looked for some minutes later.
    expect((await on.headOf(head.detect_task_id)).due_at).toBe(
      new Date(on.clock.now() + 5 * minute).toISOString(),
    );
    await on.archive(head.detect_task_id);
    expect((await on.headOf(head.detect_task_id)).due_at).toBe(next_at);
  });

  it('that goes on meanwhile costs the archive nothing', async () => {
    const on = archivesOn(table);
    const { detect_task_id: id } = await on.settled(1, { callback_url });
    for (let skip = 0; skip < 4; skip++)
      table.before(
        'UpdateItem',
        async () => {
          const head = await on.headOf(id);
          if (head.delivery === undefined) return;
          const next_at = new Date(on.clock.now() + (skip + 1) * 7 * minute).toISOString();
          await on.records.recordDelivery(
            head,
            { ...head.delivery, attempts: skip, next_at },
            Date.parse(next_at),
          );
        },
        { skip: 2 * skip },
      );
    expect(await on.archive(id)).toBe('complete');
    const head = await on.headOf(id);
    expect(head).not.toHaveProperty('archive_due_at');
    expect(head.delivery?.attempts).toBeGreaterThan(0);
    expect(head.due_at).toBe(head.delivery?.next_at);
    expect(on.put).toHaveLength(1);
    expect(on.fetched).toHaveLength(1);
  });
});

describe('a writer', () => {
  it('that froze past its claim writes nothing more', async () => {
    const on = archivesOn(table);
    const { detect_task_id: id } = await on.settled(2);
    const fetchLink = on.outside.fetchLink;
    on.outside.fetchLink = async (link) => {
      on.clock.pass(claimMs);
      return fetchLink(link);
    };
    await expect(on.archive(id)).rejects.toThrow('the time for writing pictures is over');
    expect(on.keys()).toEqual([]);
    on.outside.fetchLink = fetchLink;
    expect(await on.archive(id)).toBe('complete');
  });

  it('whose store fails leaves the archive due, and another begins again where it was', async () => {
    const on = archivesOn(table);
    table.reset();
    const head = await on.settled(700);
    on.store.before = (call, key) => {
      if (call === 'put' && key.includes('/600-')) throw new Error('SlowDown');
    };
    await expect(on.archive(head.detect_task_id)).rejects.toThrow('SlowDown');
    expect(await on.archive(head.detect_task_id)).toBeUndefined();
    expect((await on.headOf(head.detect_task_id)).archive).toMatchObject({ state: 'pending', faces: 500 });
    on.store.before = () => {};
    on.clock.pass(claimMs);
    const before = on.fetched.length;
    expect(await on.archive(head.detect_task_id)).toBe('complete');
    expect(on.fetched).toHaveLength(before + 200);
    expect(on.manifest(head)).toHaveLength(700);
  });

  it.each([
    ['the claim', 0],
    ['the end of the archive', 1],
    ['the end of its outbox entry', 2],
  ])('that dies at %s is followed by another', async (_what, skip) => {
    for (const fault of ['dead-before', 'dead-after'] as const) {
      const on = archivesOn(table);
      const head = await on.settled(2);
      table.fail('UpdateItem', fault, { skip });
      await expect(on.archive(head.detect_task_id)).rejects.toThrow(ProcessDied);
      table.reset();
      on.clock.pass(claimMs);
      await on.archive(head.detect_task_id);
      const after = await on.headOf(head.detect_task_id);
      expect(after.archive).toMatchObject({ state: 'complete', faces: 2 });
      expect(after).not.toHaveProperty('archive_due_at');
      expect(on.put.length).toBeGreaterThan(0);
      expect(new Set(on.put.map(({ detail }) => JSON.stringify(detail))).size).toBe(1);
      expect(on.manifest(head)).toHaveLength(2);
    }
  });

  it('whose acknowledgement is lost recognizes its own write', async () => {
    const on = archivesOn(table);
    const { detect_task_id } = await on.settled(2);
    table.fail('UpdateItem', 'lost-ack', { skip: 1 });
    expect(await on.archive(detect_task_id)).toBe('complete');
    expect(on.put).toHaveLength(1);
  });

  it('leaves the archive to another that has claimed it since', async () => {
    const on = archivesOn(table);
    const { detect_task_id: id } = await on.settled(1);
    on.beforeFetch(async () => {
      on.clock.pass(claimMs);
      await on.archive(id);
      on.clock.pass(-claimMs);
    });
    expect(await on.archive(id)).toBeUndefined();
    expect((await on.headOf(id)).archive).toMatchObject({ state: 'complete', faces: 1 });
    expect(on.put).toHaveLength(1);
  });

  it('gives up where the record is written too often', async () => {
    const on = archivesOn(table);
    const head = await on.settled(1, { callback_url: 'https://hooks.example/' });
    function outrun(ms: number): void {
      table.before('UpdateItem', async () => {
        const { delivery, ...rest } = await on.headOf(head.detect_task_id);
        if (delivery === undefined) return;
        await on.records.recordDelivery({ ...rest, delivery }, delivery, on.clock.now() + ms);
        outrun(ms + 1);
      });
    }
    outrun(1);
    expect(await on.archive(head.detect_task_id)).toBeUndefined();
    expect(on.fetched).toEqual([]);
  });
});
