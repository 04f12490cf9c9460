/** What was seen from outside, in one order: only this is checked, and its hash identifies a run. */
import { createHash } from 'node:crypto';

import type { Fault } from './faults.ts';
import type { Stored } from './pictures.ts';
import type { Plan, Verb } from './plan.ts';

/** What the provider said in one response, as its documentation means it. */
export type Said =
  | { kind: 'pending' }
  | { kind: 'succeeded'; detectId: string; faces: { id: number; link: string }[] }
  | { kind: 'failed'; code: 'DETECTION_FAILED' | 'GENERATION_FAILED' | 'INVALID_TASK' | 'TASK_NOT_FOUND' }
  | { kind: 'throttled'; hintMs: number }
  | { kind: 'hold' | 'denied'; code: string }
  /** No answer, or one that must not be used. */
  | { kind: 'trouble' };

export type Item = Record<string, unknown>;
export type FunctionName = 'poll' | 'deliver' | 'sweep' | 'submit' | 'archive';
/** What became of a POST whose connection was made, as its sender learns it. */
export type Posted = 'created' | 'rejected' | 'unknown';

export type Entry =
  | { what: 'plan'; plan: Plan }
  | { what: 'asked'; task: string; verb: Verb; ask: number }
  | { what: 'answered'; task: string; verb: Verb; ask: number; outcome: string }
  | { what: 'called'; task: string; execution: string; call: number; invocation: number }
  | { what: 'said'; task: string; call: number; said: Said; isHeard: boolean }
  | { what: 'posted'; task: string; post: number }
  /** Of the first POST of its media, tried at least: the failure that it was made for, or the one that was drawn. */
  | { what: 'first-post'; task: string; meets: string }
  /** `died`: its sender, before it could learn what became of it. */
  | { what: 'post-ended'; task: string; post: number; posted: Posted }
  /** As it stands after a write; nothing where it was deleted. */
  | { what: 'item'; key: string; item: Item | undefined }
  /** As the store holds it; nothing where it was deleted. */
  | { what: 'object'; key: string; stored: Stored | undefined }
  | { what: 'begun'; fn: FunctionName; task: string; execution: string; invocation: number }
  | { what: 'ended'; fn: FunctionName; task: string; invocation: number; ms: number; how: string }
  | { what: 'state'; task: string; execution: string; state: string }
  | { what: 'execution'; task: string; execution: string; arn: string; status: string; ms: number }
  | { what: 'swept'; beganMs: number; faulty: string[]; how: string }
  | { what: 'event'; detailType: string; detail: { id?: string; detect_task_id: string; status?: string } }
  | { what: 'push'; task: string; id: string; body: string; answer: number | string; isAcknowledged: boolean }
  | { what: 'unreachable'; task: string }
  | { what: 'fault'; fault: Fault }
  | { what: 'shown'; where: Where; text: string };

/** Where others can read. */
export type Where =
  | 'log'
  | 'metric'
  /** What a function throws, as Lambda prints it and hands it on. */
  | 'error'
  /** What an execution hands to an invocation, and an invocation to the execution. */
  | 'payload'
  | 'answer'
  /** Each entry of an execution's history: its input, the input and output of each state, what failed. */
  | 'history'
  | 'output'
  | 'event'
  /** The input of an execution that we start. */
  | 'input'
  /** Where a push goes, with its headers. */
  | 'address'
  /** The error that a caller sees. */
  | 'sentence'
  /** The same, with the provider's words in it: of a submission that the provider rejected. */
  | 'rejection';

export type Shown = (where: Where, value: unknown) => void;

export interface History {
  add(entry: Entry): void;
  /** Of all entries so far, with their times. */
  hash(): string;
  entries(): number;
}

/** An invocation names its pages by chance: what follows by its order is the same every time. */
const refLength = 12;
/** From its end: a search from its beginning would begin at every letter. */
const pageNumber = /(?<=[\w-]{12})\.\d+/g;
/** Where an error was thrown: in another folder on each machine, and down to what runs the simulation. */
const places = /(?:\\+n {4}at [^\\"]*)+|,\\*"at\\*":\[[^\]]*\]/g;

export function createHistory(deps: {
  now: () => number;
  see: (entry: Entry, atMs: number) => void;
  print?: ((line: string) => void) | undefined;
}): History {
  const hash = createHash('sha256');
  const refs = new Map<string, string>();
  let count = 0;
  function named(text: string): string {
    let [written, end] = ['', 0];
    for (const { 0: number, index } of text.matchAll(pageNumber)) {
      const ref = text.slice(index - refLength, index) + number;
      if (!refs.has(ref)) refs.set(ref, `ref${refs.size}${number}`);
      written += text.slice(end, index - refLength) + refs.get(ref);
      end = index + number.length;
    }
    return written + text.slice(end);
  }
  // Each was named alone before it stood beside another one.
  const plain = (_: string, value: unknown): unknown =>
    value instanceof Set ? Array.from(value, (entry) => named(String(entry))).toSorted() : value;
  return {
    add(entry) {
      count += 1;
      const line = named(`${deps.now()} ${JSON.stringify(entry, plain)}`).replaceAll(places, '');
      hash.update(line).update('\n');
      deps.print?.(line);
      deps.see(entry, deps.now());
    },
    hash: () => hash.copy().digest('hex').slice(0, 16),
    entries: () => count,
  };
}
