/** What a schema of the API's document forbids, made from its own keywords. */
import fc from 'fast-check';

import { document, type Schema } from '../../../support/conform.ts';

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isA = (type: unknown, value: unknown): boolean => {
  if (type === 'integer') return Number.isInteger(value);
  return type === 'object' ? isObject(value) : typeof value === type;
};

const text = fc.string({ unit: 'binary', maxLength: 40 });
/** As the other side will read it. */
const anyJson = fc
  .anything({ maxDepth: 2 })
  .map((value) => JSON.stringify(value))
  .filter((json) => json !== undefined)
  .map((json): unknown => JSON.parse(json));
const badUris = ['', 'x', '//a', 'file:///etc/passwd', 'http://u:p@a/', 'http://\ud800/'];

/** Values that break a schema; none for what it does not forbid. */
export function breaking(schema: Schema): fc.Arbitrary<unknown>[] {
  const { type, pattern, minimum, maximum, maxLength, format, enum: options } = schema;
  const breaks: fc.Arbitrary<unknown>[] = [];
  if (type !== undefined) breaks.push(anyJson.filter((value) => !isA(type, value)));
  if (typeof pattern === 'string') breaks.push(text.filter((value) => !new RegExp(pattern).test(value)));
  if (typeof minimum === 'number') breaks.push(fc.integer({ max: minimum - 1 }));
  if (typeof maximum === 'number')
    breaks.push(fc.integer({ min: maximum + 1 }), fc.double({ min: maximum + 1 }));
  if (typeof maxLength === 'number')
    breaks.push(fc.constant(`https://long.example/${'x'.repeat(maxLength)}`));
  if (format === 'uri') breaks.push(fc.constantFrom(...badUris));
  if (Array.isArray(options)) breaks.push(text.filter((value) => !options.includes(value)));
  return breaks;
}

const inputSchema = document.components.schemas['ExecutionInput'] as Schema & { required: string[] };

/** An input with one thing wrong in it, as JSON. */
export function badInput(id: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const broken = Object.entries(inputSchema.properties ?? {}).flatMap(([name, schema]) =>
    breaking(schema).map((values) =>
      fc.tuple(id, values).map(([known, value]) => ({ detect_task_id: known, [name]: value })),
    ),
  );
  const names = fc.constantFrom('colour', '__proto__', 'constructor', 'toString', '', 'a'.repeat(3_000));
  const oneTooMany = fc.tuple(id, names, anyJson).map(([known, name, value]) => {
    const more = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
    return `{"detect_task_id":${JSON.stringify(known)},${more}}`;
  });
  const oneTooFew = fc.constantFrom(...inputSchema.required).map((name) => {
    return JSON.stringify({ detect_task_id: 'a', [name]: undefined });
  });
  const noObject = anyJson.filter((value) => !isObject(value)).map((value) => JSON.stringify(value));
  return fc.oneof(
    fc.oneof(...broken).map((value) => JSON.stringify(value)),
    oneTooMany,
    oneTooFew,
    noObject,
  );
}

const notJson = ['', '{', '[1,]', "{'a':1}", 'NaN', '{"detect_task_id":"a"}x', '"\\ud800'];

/** What is no JSON, not in UTF-8, too much or too deep. */
export const badBody: fc.Arbitrary<Buffer> = fc.oneof(
  fc.constantFrom(...notJson).map((raw) => Buffer.from(raw)),
  fc.constant(Buffer.from('{"detect_task_id":"a\xff"}', 'latin1')),
  fc.integer({ min: 100, max: 4_000 }).map((depth) => Buffer.from('['.repeat(depth) + ']'.repeat(depth))),
  fc.integer({ min: 100, max: 1_500 }).map((depth) => {
    const metadata = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    return Buffer.from(`{"detect_task_id":"a","metadata":${metadata}}`);
  }),
  fc
    .integer({ min: 8_193, max: 200_000 })
    .map((bytes) => Buffer.from('{"detect_task_id":"a"}'.padEnd(bytes))),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.concat([Buffer.from([0xff]), bytes])),
);
