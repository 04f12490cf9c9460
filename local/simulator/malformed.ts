/** Bodies that no reader may trust as they stand, each made from the same well-formed answer of one face. */
import { type AnsweredTask, succeeded } from './envelope.ts';

const answer = (task: AnsweredTask) => succeeded(task, { faces: 1 });

export const answerText = (task: AnsweredTask): string => JSON.stringify(answer(task));

export function nullResult(task: AnsweredTask) {
  const { data, ...rest } = answer(task);
  return { ...rest, data: { ...data, result: null } };
}

/** Well-formed, and about another task. */
export const wrongId = (task: AnsweredTask) => answer({ ...task, detectTaskId: 'another0task0000id' });

export function wrongShape(task: AnsweredTask, replacement: unknown) {
  const { data, ...rest } = answer(task);
  const { faces: _, ...faceless } = data.result;
  return { ...rest, data: replacement === undefined ? { ...data, result: faceless } : replacement };
}

export function extraFields(task: AnsweredTask) {
  const { data, ...rest } = answer(task);
  const faces = data.result.faces.map((face) => Object.assign({ score: 0.98, box: [1, 2, 3, 4] }, face));
  return {
    ...rest,
    request_id: 'extra',
    data: { ...data, queue: 'extra', result: { ...data.result, faces, model: 'extra' } },
  };
}

/** A reader that copies these keys one by one reads "failed", or changes every object of its process. */
export function prototypeKeys(task: AnsweredTask) {
  const { data, ...rest } = answer(task);
  const poison = {
    ['__proto__']: { status: 'failed', isPolluted: true },
    constructor: { prototype: { isPolluted: true } },
  };
  return { ...poison, ...rest, data: { ...poison, ...data, result: { ...poison, ...data.result } } };
}

/** The last of two equal keys wins in every JSON reader of note: it says "succeeded". */
export const duplicateKeys = (task: AnsweredTask): string =>
  answerText(task).replace('"status":"succeeded"', '"status":"failed","status":"succeeded"');

/** 2^53 + 1: as a number it becomes another id. */
export const numericId = (task: AnsweredTask): string =>
  answerText(task).replace(/"result":\{"id":"\w+"/, '"result":{"id":9007199254740993');

/** Cut in the middle, although the length is declared right. */
export function brokenJson(task: AnsweredTask): string {
  const text = answerText(task);
  return text.slice(0, text.length / 2);
}
