/** Whether a second start asks for what the first one did. */
import type { ExecutionInput } from '../detection/input.ts';
import type { Head } from './item.ts';

/** The caller's part of a second start must agree with the first: the name of the field that does not. */
export function conflictingField(head: Head, input: ExecutionInput): keyof ExecutionInput | undefined {
  const differs = {
    media_url: input.media_url !== undefined && input.media_url !== head.media_url,
    media_type: input.media_type !== undefined && input.media_type !== head.media_type,
    callback_url: input.callback_url !== undefined && input.callback_url !== head.callback_url,
    submitted_at:
      input.submitted_at !== undefined &&
      Date.parse(input.submitted_at) !== Date.parse(head.submitted_at ?? ''),
    deadline_seconds:
      input.deadline_seconds !== undefined && input.deadline_seconds !== head.deadline_seconds,
    metadata: input.metadata !== undefined && sortedJson(input.metadata) !== sortedJson(head.metadata),
  };
  return (Object.keys(differs) as (keyof typeof differs)[]).find((field) => differs[field]);
}

export const conflictSentence = (field: string): string =>
  `${field}: this task was started with another value; forget it first to start it anew`;

/** JSON with sorted names, so that the order of a caller's keys means nothing. */
export const sortedJson = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, entry: unknown) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : entry,
  );
