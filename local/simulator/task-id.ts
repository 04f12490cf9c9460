/**
 * Ids of the provider's form: eighteen lower-case letters and digits. They hold the sample and the moment of the
 * submission, so that another process's simulator goes on with the task, and a check, so that it knows what none made.
 */
import { createHash, randomInt } from 'node:crypto';

import { type SampleId, sampleIds } from './samples.ts';

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';
const digits = (value: number, length: number): string => value.toString(36).padStart(length, '0');
const check = (text: string): string =>
  digits(createHash('sha256').update(`simulated ${text}`).digest().readUInt32BE() % 36 ** 4, 4);

/** In the place of the sample: the script was the submitter's own, and no other process has it. */
const ownScript = 'z';

export function newTaskId(sample: SampleId | undefined, atMs: number): string {
  const kind = sample === undefined ? ownScript : alphabet.charAt(sampleIds.indexOf(sample));
  const text = `${kind}${digits(Math.floor(atMs), 8)}${digits(randomInt(36 ** 5), 5)}`;
  return `${text}${check(text)}`;
}

export interface MadeTask {
  sample: SampleId | undefined;
  startedAtMs: number;
}

/** Nothing for an id that no simulator made. */
export function readTaskId(detectTaskId: string): MadeTask | undefined {
  const [, text = '', given] = /^([a-z0-9]{14})([a-z0-9]{4})$/.exec(detectTaskId) ?? [];
  if (given === undefined || check(text) !== given) return undefined;
  return {
    sample: sampleIds[alphabet.indexOf(text.charAt(0))],
    startedAtMs: Number.parseInt(text.slice(1, 9), 36),
  };
}
