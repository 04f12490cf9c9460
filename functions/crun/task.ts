/**
 * What `data` of detect-face-result says of the task under code 200. Everything is copied into fresh objects, and
 * nothing is taken from an answer about another task: its faces would be a leak.
 */
import type { DetectionResult, Face } from '../detection/types.ts';
import { listIn, objectIn } from './json.ts';
import type { Observation } from './observation.ts';
import type { Words } from './words.ts';

/** A link longer than this is not an address, and would not fit one item of 400 KB beside others. */
const maxLinkLength = 65_536;
const maxDetectIdLength = 256;
const maxInstantLength = 64;

/** The provider's own pages spell success in three ways. */
const statuses = new Map([
  ['starting', 'starting'],
  ['processing', 'processing'],
  ['succeeded', 'succeeded'],
  ['succeed', 'succeeded'],
  ['success', 'succeeded'],
  ['failed', 'failed'],
] as const);

export function classifyTask(
  data: unknown,
  { detectTaskId }: { detectTaskId: string },
  message: string | undefined,
  words: Words,
): Observation {
  const task = objectIn(data);
  if (task === undefined) return violation('no data');
  const { detect_task_id: id, status, error } = task;
  if (typeof id !== 'string') return violation('no task id');
  if (id !== detectTaskId) return violation('another task id');
  if (typeof status !== 'string') return violation('no status');
  const result = objectIn(task['result']);
  const known = statuses.get(status.trim().toLowerCase() as never);
  switch (known) {
    case 'starting':
    case 'processing':
      return { kind: 'pending', status: known };
    case 'succeeded':
      return classifyResult(result, words);
    case 'failed': {
      const { code, message: reason } = words.of(error ?? result?.['error']);
      const said = reason ?? (message === 'success' ? undefined : message);
      return { kind: 'failed', code: 'DETECTION_FAILED', provider: { code, message: said } };
    }
    case undefined:
      return { kind: 'pending', status: 'unknown', name: words.statusName(status) };
  }
}

const violation = (reason: string): Observation => ({
  kind: 'violation',
  code: 'CONTRACT_VIOLATION',
  reason,
});

function classifyResult(result: Record<string, unknown> | undefined, words: Words): Observation {
  if (result === undefined) return violation('no result');
  const detectId = detectIdOf(result['id']);
  if (detectId === undefined) return violation('no detect id');
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
const detectIdOf = (id: unknown): string | undefined =>
  isText(id, maxDetectIdLength) && !id.includes('://') ? id : undefined;

/** Every face in order, or none where one of them cannot be read. */
function facesOf(list: readonly unknown[]): Face[] | undefined {
  const faces: Face[] = [];
  for (const entry of list) {
    const { id, link } = objectIn(entry) ?? {};
    if (!Number.isSafeInteger(id) || (id as number) < 0 || !isText(link, maxLinkLength)) return undefined;
    faces.push({ id: id as number, link });
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
