/** The webhook of a final record: its exact bytes, and the schema by which receivers parse them. */
import * as z from 'zod/mini';

import {
  type Detection,
  fields,
  type Presence,
  type ReceiverName,
  receiverNames,
} from '../../detection/fields.ts';
import { type FinalStatus, isFinal } from '../../detection/types.ts';

/** With more faces the payload has their number alone, and receivers read them from the record: bodies stay small. */
export const maxFacesInPayload = 100;

/**
 * The body for a final record, the same bytes on every call: names sorted at every level, without `faces` where there
 * are more than a hundred. Up to a hundred they must have been joined from their pages.
 */
export function payloadOf(detection: Detection): string {
  const { detect_task_id, status, final_at, face_count = 0, faces } = detection;
  if (!isFinal(status) || final_at === undefined) throw new Error(`${detect_task_id}: is not final yet`);
  const hasFacesInPayload = face_count <= maxFacesInPayload;
  if (status === 'succeeded' && hasFacesInPayload && faces === undefined) {
    throw new Error(`${detect_task_id}: its faces must be joined before they are sent`);
  }
  const names = receiverNames.filter((name) => name !== 'faces' || hasFacesInPayload);
  const { error } = detection;
  // The body is frozen: what was added to errors since is for readers.
  const frozen = { ...detection, error: error && { ...error, reason: undefined } };
  const data = Object.fromEntries(names.map((name) => [name, frozen[name]]));
  return canonicalJson({ type: `face_detection.${status}`, timestamp: final_at, data });
}

/** DynamoDB keeps no order of names, and objects put names that look like numbers first. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, entry]) => entry !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, entry]) => `${JSON.stringify(name)}:${canonicalJson(entry)}`).join(',')}}`;
}

/** The receiver's own: loose throughout, and codes are any text, because a receiver may be older than the sender. */
const looseSchemas = {
  error: z.looseObject({
    code: z.string(),
    message: z.string(),
    provider_code: z.optional(z.string()),
    provider_message: z.optional(z.string()),
    retryable: z.boolean(),
  }),
  faces: z.array(z.looseObject({ id: z.int(), link: z.string() })),
};

const either = { always: 'required', final: 'required', some: 'optional' } as const;
const withFaces = { succeeded: 'required', 'some succeeded': 'optional', unsuccessful: 'absent' } as const;
const withError = { succeeded: 'absent', 'some succeeded': 'absent', unsuccessful: 'required' } as const;
/** Whether the payload of a status has an attribute, by the attribute's presence in the record. */
const inPayload = {
  succeeded: { ...either, ...withFaces },
  failed: { ...either, ...withError },
  abandoned: { ...either, ...withError },
} satisfies Record<FinalStatus, Record<Presence, 'required' | 'optional' | 'absent'>>;

type Schema<Name extends ReceiverName> = Name extends keyof typeof looseSchemas
  ? (typeof looseSchemas)[Name]
  : (typeof fields)[Name]['schema'];
type NamesIn<Ends extends FinalStatus, Rule> = {
  [Name in ReceiverName]: (typeof inPayload)[Ends][(typeof fields)[Name]['presence']] extends Rule
    ? Name
    : never;
}[ReceiverName];
type DataShape<Ends extends FinalStatus> = { [Name in NamesIn<Ends, 'required'>]: Schema<Name> } & {
  [Name in NamesIn<Ends, 'optional'>]: z.ZodMiniOptional<Schema<Name>>;
} & { status: z.ZodMiniLiteral<Ends> };

function eventSchema<const Ends extends FinalStatus>(status: Ends) {
  const ownSchemas: Partial<Record<ReceiverName, z.ZodMiniType>> = looseSchemas;
  const entries = receiverNames.flatMap((name) => {
    const schema = ownSchemas[name] ?? fields[name].schema;
    const rule = inPayload[status][fields[name].presence];
    return rule === 'absent' ? [] : [[name, rule === 'required' ? schema : z.optional(schema)]];
  });
  const shape = { ...Object.fromEntries(entries), status: z.literal(status) } as DataShape<Ends>;
  return z.looseObject({
    type: z.literal(`face_detection.${status}`),
    timestamp: z.string(),
    data: z.looseObject(shape),
  });
}

/** A body that `payloadOf` made, as a receiver parses it. */
export const WebhookEvent = z.discriminatedUnion('type', [
  eventSchema('succeeded'),
  eventSchema('failed'),
  eventSchema('abandoned'),
]);
export type WebhookEvent = z.infer<typeof WebhookEvent>;
