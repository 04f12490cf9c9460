/** Whether what is deleted is gone: a task is forgotten at every step of every writer, which then dies at every step. */
import { ClaimExpiredError } from '../../functions/archive/copy-faces.ts';
import { detectionError } from '../../functions/detection/error-codes.ts';
import type { DetectTaskId } from '../../functions/detection/input.ts';
import { newHead } from '../../functions/records/head.ts';
import type { Head } from '../../functions/records/item.ts';
import { answerOf, newId, ownerNamed, some } from '../support/records.ts';
import { openTable, ProcessDied } from '../support/table.ts';
import { createPlace, defaults, type Place } from './place.ts';

/** In all that a caller and the provider say of a person. */
const word = 'person.example';
const caller = {
  media_url: `https://${word}/me.jpg`,
  callback_url: `https://${word}/hook`,
  metadata: { name: word },
};
const faces = (count: number, linkBytes: number) =>
  Array.from({ length: count }, (_, id) => ({ id, link: `https://${word}/${id}?`.padEnd(linkBytes, 'x') }));
const minute = 60_000;

const headOf = async ({ records }: Place, id: DetectTaskId): Promise<Head> => {
  const current = await records.read(id);
  if (current.kind !== 'head') throw new Error(`${id} is ${current.kind}`);
  return current.head;
};
const isHead = (head: Head | 'conflict'): head is Head => head !== 'conflict';

async function begun(place: Place, id: DetectTaskId): Promise<Head> {
  const fresh = newHead(
    { detect_task_id: id, ...caller },
    ownerNamed(`1-${id}`),
    defaults,
    place.clock.now(),
  );
  await place.records.create(fresh, { mayReplaceTombstone: false });
  return headOf(place, id);
}
async function settled(place: Place, id: DetectTaskId, count = 2): Promise<Head> {
  await place.records.complete(await begun(place, id), answerOf(faces(count, 60)), some);
  return headOf(place, id);
}
async function published(place: Place, id: DetectTaskId): Promise<Head> {
  await place.publish(await settled(place, id));
  return headOf(place, id);
}

type Writer = (place: Place, id: DetectTaskId) => Promise<() => Promise<unknown>>;

/** What each of them finds, and what it then does. */
const writers: Record<string, Writer> = {
  'a first invocation': async (place, id) => {
    const fresh = newHead(
      { detect_task_id: id, ...caller },
      ownerNamed(`1-${id}`),
      defaults,
      place.clock.now(),
    );
    await begun(place, id);
    return () => place.records.create(fresh, { mayReplaceTombstone: false });
  },
  'an answer': async (place, id) => {
    const head = await begun(place, id);
    return () => place.records.complete(head, answerOf(faces(3, 60)), some);
  },
  'an answer in pages': async (place, id) => {
    const head = await begun(place, id);
    return () => place.records.complete(head, answerOf(faces(8, 100_000)), some);
  },
  'a failure': async (place, id) => {
    const head = await begun(place, id);
    const provider = { code: '500', message: word };
    return () => place.records.complete(head, { kind: 'failed', code: 'DETECTION_FAILED', provider }, some);
  },
  progress: async (place, id) => {
    const head = await begun(place, id);
    const nextPollMs = place.clock.now() + minute;
    return async () => {
      const seen = await place.records.progress(head, { status: 'processing', nextPollMs });
      if (isHead(seen))
        await place.records.handOff(
          seen,
          { ...ownerNamed(`1_2-${id}`), segment: 2 },
          { ...some, nextPollMs },
        );
    };
  },
  'a publication': async (place, id) => {
    const head = await settled(place, id);
    return () => place.publish(head);
  },
  'a delivery': async (place, id) => {
    await published(place, id);
    return () => place.deliver(id);
  },
  'a redelivery': async (place, id) => {
    await published(place, id);
    return () => place.service.redeliver(id).catch(throwDeath);
  },
  'an archive': async (place, id) => {
    await published(place, id);
    return () => place.archive(id);
  },
  'a retry': async (place, id) => {
    await place.records.abandon(await begun(place, id), detectionError('DEADLINE_EXCEEDED'), some);
    return () => place.service.retry(id).catch(throwDeath);
  },
  'a cancellation': async (place, id) => {
    await begun(place, id);
    return () => place.service.cancel(id);
  },
  'a sweep': async (place, id) => {
    await published(place, id);
    place.clock.pass(10 * minute);
    return () => place.sweep();
  },
};

/** A request may be rejected, since the task is gone. */
function throwDeath(error: unknown): void {
  if (error instanceof ProcessDied) throw error;
}

type Removal = (place: Place, id: DetectTaskId) => Promise<unknown>;

/** How a task is deleted. */
const removals: Record<string, Removal> = {
  forgotten: ({ records }, id) => records.forget(id),
  'forgotten by a caller that dies behind the tombstone': async ({ records, table }, id) => {
    table.fail('PutItem', 'dead-after');
    await records.forget(id).catch(throwNothing);
    table.reset();
  },
  'forgotten and started again': async ({ records, clock }, id) => {
    await records.forget(id);
    const again = newHead({ detect_task_id: id }, ownerNamed(`2-${id}`, 2), defaults, clock.now());
    await records.create(again, { mayReplaceTombstone: true });
    await records.complete(again, answerOf([]), some);
  },
  expired: async ({ clock, sweep, table }, id) => {
    clock.pass(defaults.retentionSeconds * 1_000 - 30 * minute);
    for (let round = 0; round < 4; round++) {
      clock.pass(6 * minute);
      await sweep();
    }
    clock.pass(25 * 60 * minute);
    await table.drop(id);
  },
};

/** Another picture of the same run may find that the claim on it has expired. */
const throwNothing = (error: unknown): void => {
  if (!(error instanceof ProcessDied || error instanceof ClaimExpiredError)) throw error;
};

interface Deletion {
  /** At which step of the writer the task is deleted. */
  at: number;
  /** After how many further steps the writer dies; it lives where it is absent. */
  diesAfter?: number | undefined;
}

/** Deletes a task under a writer: how many steps it took, and what is left of the person. */
async function deletedUnder(
  place: Place,
  writer: Writer,
  remove: Removal,
  { at, diesAfter = Infinity }: Deletion,
): Promise<{ steps: number; left: string[] }> {
  const id = newId();
  const write = await writer(place, id);
  let steps = 0;
  let isRemoving = false;
  place.watch(async () => {
    if (isRemoving) return;
    const index = steps++;
    if (index === at) {
      isRemoving = true;
      await remove(place, id);
      isRemoving = false;
    }
    if (index >= at + diesAfter) throw new ProcessDied('as planned');
  });
  await write().catch(throwNothing);
  place.watch(undefined);
  for (let round = 0; round < 2; round++) {
    place.clock.pass(6 * minute);
    await place.sweep();
  }
  return { steps, left: await leftOf(place, id) };
}

/** But for items that time to live deletes. */
async function leftOf({ clock, table, store }: Place, id: DetectTaskId): Promise<string[]> {
  const hasExpired = (item: Record<string, unknown>): boolean =>
    Number(item['expires_at']) * 1_000 <= clock.now();
  const items = [...(await table.stored(id))].filter(
    ([, item]) => JSON.stringify(item).includes(word) && !hasExpired(item),
  );
  const objects = [...store.objects.keys()].filter((key) => key.startsWith(`faces/${id}/`));
  return [...items.map(([key]) => key), ...objects];
}

/** Every writer and every way, at every step; the writer lives, or dies at every step after that. */
export async function* deletedEverywhere(): AsyncGenerator<{ story: string; left: string[] }> {
  for (const [way, remove] of Object.entries(removals))
    for (const [name, writer] of Object.entries(writers)) {
      const table = await openTable();
      const place = createPlace(table);
      const { steps } = await deletedUnder(place, writer, remove, { at: Infinity });
      for (let at = 0; at < steps; at++)
        for (const diesAfter of endsOf(way, steps - at)) {
          const { left } = await deletedUnder(place, writer, remove, { at, diesAfter });
          const death = diesAfter === undefined ? '' : `, which dies ${diesAfter} steps later`;
          yield { story: `${way} at step ${at} of ${name}${death}`, left };
        }
      await table.close();
    }
}

/** No invocation lives to see its record expire. */
const endsOf = (way: string, deaths: number): (number | undefined)[] =>
  way === 'expired' ? [0] : [undefined, ...Array.from({ length: deaths }, (_, after) => after)];

/** What a deletion without a tombstone leaves under an archive: it must be noticed. */
export async function deletedWithout(): Promise<string[]> {
  const table = await openTable();
  const drop: Removal = (_place, id) => table.drop(id);
  const writer = writers['an archive'] as Writer;
  const { left } = await deletedUnder(createPlace(table), writer, drop, { at: 7 });
  await table.close();
  return left;
}
