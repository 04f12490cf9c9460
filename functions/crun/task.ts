/**
 * What `data` of detect-face-result says of the task under code 200. Everything is copied into fresh objects, and
 * nothing is taken from an answer about another task: its faces would be a leak.
 */
import type { ProviderWords } from '../detection/error-codes.ts';
import { faceIdOf } from '../detection/face-id.ts';
import type { DetectionResult, Face } from '../detection/types.ts';
import { listIn, objectIn, textIn, unwrapped } from './json.ts';
import type { Observation } from './observation.ts';
import type { Words } from './words.ts';

/** A link longer than this is not an address, and would not fit one item of 400 KB beside others. */
const maxLinkLength = 65_536;
const maxDetectIdLength = 256;
const maxInstantLength = 64;

type Meaning = 'starting' | 'processing' | 'succeeded' | 'failed';

/** The provider's own pages spell success in three ways; the others are what services of its kind say. */
const spellings: Record<Meaning, readonly string[]> = {
  starting: ['starting'],
  processing: ['processing'],
  succeeded: ['succeeded', 'succeed', 'success', 'completed', 'complete', 'finished', 'done'],
  failed: ['failed', 'fail', 'failure', 'error', 'cancelled', 'canceled', 'expired', 'timeout', 'timed_out'],
};
const meanings = new Map(
  (Object.keys(spellings) as Meaning[]).flatMap((meaning) =>
    spellings[meaning].map((spelling) => [spelling, meaning] as const),
  ),
);
const meaningOf = (status: string | undefined): Meaning | undefined =>
  meanings.get(status?.trim().toLowerCase() ?? '');

const statusIn = (object: Fields | undefined): string | undefined => {
  const status = unwrapped(object?.['status']);
  return typeof status === 'string' && status !== '' ? status : undefined;
};

type Fields = Record<string, unknown>;

export function classifyTask(
  data: unknown,
  { detectTaskId }: { detectTaskId: string },
  message: string | undefined,
  words: Words,
): Observation {
  const task = objectIn(data);
  if (task === undefined) return violation('no data');
  const id = textIn(task['detect_task_id']);
  if (id === undefined) return violation('no task id');
  if (id !== detectTaskId) return violation('another task id');
  const result = objectIn(task['result']);
  const status = statusIn(task) ?? statusIn(result);
  if (status === undefined) return violation('no status');
  const meaning = meaningWith(meaningOf(status), result);
  switch (meaning) {
    case 'starting':
    case 'processing':
      return { kind: 'pending', status: meaning };
    case 'succeeded':
      return contradiction(task, result, words) ?? classifyResult(result, words);
    case 'failed':
      return failure([task['error'], result?.['error'], wordsBeside(task), message], words);
    case undefined:
      return { kind: 'pending', status: 'unknown', name: words.statusName(status) };
  }
}

/** A failure or a status that is not documented must not cost faces that the result says are done. */
const meaningWith = (outer: Meaning | undefined, result: Fields | undefined): Meaning | undefined =>
  (outer === undefined || outer === 'failed') &&
  meaningOf(statusIn(result)) === 'succeeded' &&
  (listIn(result?.['faces']) ?? []).length > 0
    ? 'succeeded'
    : outer;

const violation = (reason: string): Observation => ({
  kind: 'violation',
  code: 'CONTRACT_VIOLATION',
  reason,
});

/** What an error field says though there is no error. */
const noError = /^(0|200|ok|none|null|n\/?a|-|success|succeed|succeeded|no error)[.!]?$/i;
const isError = ({ code, message }: ProviderWords): boolean =>
  [code, message].some((text) => text !== undefined && !noError.test(text.trim()));

/** In the words of the first source that has any. */
const failure = (sources: readonly unknown[], words: Words): Observation => ({
  kind: 'failed',
  code: 'DETECTION_FAILED',
  provider: sources.map((source) => words.of(source)).find(isError) ?? {},
});

const wordsBeside = ({ message, msg }: Fields): object => ({ message, msg });

/** A success around a result without faces that failed, or is still worked on: the result knows better. */
function contradiction(task: Fields, result: Fields | undefined, words: Words): Observation | undefined {
  if ((listIn(result?.['faces']) ?? []).length > 0) return undefined;
  const errors = [task['error'], result?.['error']];
  const inner = meaningOf(statusIn(result));
  if (inner === 'failed' || errors.some((error) => isError(words.of(error)))) return failure(errors, words);
  return inner === 'starting' || inner === 'processing' ? { kind: 'pending', status: inner } : undefined;
}

function classifyResult(result: Fields | undefined, words: Words): Observation {
  if (result === undefined) return violation('no result');
  const detectId = textIn(result['id']);
  if (!isDetectId(detectId)) return violation('no detect id');
  const list = listIn(result['faces']);
  if (list === undefined) return violation('no faces');
  const faces = facesOf(list);
  if (faces === undefined) return violation('a face in another shape');
  const startedAt = instantOf(result['started_at']);
  const finishedAt = instantOf(result['finished_at']);
  // The id goes out in events and outputs. The links are the record's alone, and stay as they are.
  if ([detectId, startedAt, finishedAt].some((text) => words.holdsKey(String(text))))
    return violation('repeats the key');
  return { kind: 'succeeded', detectId, faces, startedAt, finishedAt };
}

/** Half a surrogate pair is no text: it could not be stored and read back unchanged. */
const isText = (value: unknown, maxLength: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= maxLength && value.isWellFormed();

/** No link to a face may take the place of the id. */
const isDetectId = (id: string | undefined): id is string =>
  isText(id, maxDetectIdLength) && !id.includes('://');

/** Every face in order, or none where one of them cannot be read. */
function facesOf(list: readonly unknown[]): Face[] | undefined {
  const faces: Face[] = [];
  for (const entry of list) {
    const { id: given, link } = objectIn(entry) ?? {};
    const id = faceIdOf(given);
    if (id === undefined || !isText(link, maxLinkLength)) return undefined;
    faces.push({ id, link });
  }
  return faces;
}

/** As received. An instant that cannot be stored as it was sent is left out: it must not cost the faces. */
function instantOf(value: unknown): DetectionResult['startedAt'] {
  if (typeof value === 'number') return isStorable(value) ? value : undefined;
  return isText(value, maxInstantLength) ? value : undefined;
}

/** Past 2^53 a number is not what was sent, and DynamoDB refuses the tiniest. */
const isStorable = (value: number): boolean =>
  value === 0 || (Math.abs(value) >= 1 && Math.abs(value) <= Number.MAX_SAFE_INTEGER);
