/** Requests that no well-meaning caller sends, made from what the API's document says of well-meant ones. */
import fc from 'fast-check';

import { document, type Operation, type Schema } from '../../../support/conform.ts';
import { badBody, badInput, breaking } from './breaking.ts';

export type Header = [name: string, value: string];

export interface Sent {
  /** What is wrong with it. */
  kind: string;
  method: string;
  target: string;
  headers: Header[];
  body: Buffer;
  /** Nothing is: then it only reads. */
  mayRead: boolean;
}

export interface Served {
  /** `127.0.0.1:<port>` */
  host: string;
  token: string;
  /** Records that nothing may change any more. */
  settled: string[];
  /** One that a retry or a deletion would change. */
  abandoned: string;
  /** By operation: one that was given out. */
  cursors: Record<string, string>;
}

interface Call {
  template: string;
  method: string;
  operation: Operation;
}

const calls: Call[] = Object.entries(document.paths).flatMap(([template, path]) =>
  Object.entries(path).map(([method, operation]) => ({ template, method: method.toUpperCase(), operation })),
);
const parametersIn = ({ operation }: Call, place: 'path' | 'query') =>
  (operation.parameters ?? []).filter((parameter) => parameter.in === place);
const callsWith = (has: (call: Call) => boolean): fc.Arbitrary<Call> => fc.constantFrom(...calls.filter(has));
const withBody = callsWith(({ operation }) => operation.requestBody !== undefined);
const withId = callsWith((call) => parametersIn(call, 'path').length > 0);
const withQuery = callsWith((call) => parametersIn(call, 'query').length > 0);
const reading = callsWith(({ method }) => method === 'GET');
const any = fc.constantFrom(...calls);

const at = ({ template }: Call, id: string): string => template.replace('{detect_task_id}', id);
const encoded = (value: unknown): string => encodeURIComponent(String(value).toWellFormed());

const idSchema: Schema = calls.flatMap((call) => parametersIn(call, 'path'))[0]?.schema ?? {};
const oddIds = ['%', '%zz', '%00', '%2e%2e', '..', '%ff', 'a%2fb', ';', '*', '\x7f', 'é', 'a'.repeat(5_000)];
const badId = fc
  .oneof(
    fc.constantFrom(...oddIds),
    ...breaking(idSchema).map((values) => values.map(encoded).filter((segment) => segment !== '')),
  )
  .filter((segment) => !/^[\w-]{1,64}$/.test(segment));

const oddPaths = [
  '/',
  '//detections',
  '/detections/',
  '/detections//retry',
  '/detections/a/retry/',
  '/Detections',
  '/detections%2fa',
  '*',
  'http://evil.example/detections',
  '/detections/a;b/..',
  '/__proto__',
  '/detections#x',
  '?',
  '',
  ' ',
];
const oddMethods = [
  'PUT',
  'PATCH',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'get',
  'Post',
  'DELETEX',
  'CONNECT',
  'QUERY',
  'GET',
  'POST',
  'DELETE',
];
const oddTypes = [
  'text/plain',
  'application/jsonx',
  'application/json; charset=utf-16',
  'multipart/form-data',
  ';',
  'application/json, text/html',
];
/** What the parser of HTTP itself has to say no to. */
const badFraming: Header[] = [
  ['content-length', '-1'],
  ['content-length', 'abc'],
  ['content-length', '1, 2'],
  ['transfer-encoding', 'gzip'],
  ['x', 'a\0b'],
  ['x y', 'z'],
  ['', 'z'],
  ['x', 'y'.repeat(20_000)],
  ['expect', 'the impossible'],
];

/** Headers that a request is refused for, whatever else it says. */
function badGuards({ host, token }: Served): fc.Arbitrary<Header[]> {
  const own: Header = ['host', host];
  const authorized: Header = ['authorization', `Bearer ${token}`];
  const tokens = [
    '',
    'Bearer',
    `Bearer ${token}x`,
    `Bearer ${token.slice(1)}`,
    `Basic ${token}`,
    token,
    `Bearer ${token.toUpperCase()}`,
    `Bearer ${token},Bearer ${token}`,
    `Bearer ${'A'.repeat(15_000)}`,
    `Bearer ${'A'.repeat(16_384)}`,
  ];
  const hosts = [
    'evil.example',
    `evil.example:${host.split(':')[1]}`,
    '127.0.0.1',
    '0.0.0.0:1',
    '',
    `${host}.`,
    `x@${host}`,
  ];
  return fc.oneof(
    fc.constant<Header[]>([own]),
    fc.constantFrom(...tokens).map((value): Header[] => [own, ['authorization', value]]),
    fc
      .constantFrom(token, 'x'.repeat(token.length))
      .map((other): Header[] => [own, authorized, ['authorization', `Bearer ${other}`]]),
    fc.constantFrom(...hosts).map((value): Header[] => [['host', value], authorized]),
    fc
      .constantFrom('null', 'http://evil.example', `http://${host}`)
      .map((value): Header[] => [own, authorized, ['origin', value]]),
  );
}

export function hostileRequests(served: Served): fc.Arbitrary<Sent> {
  const guards: Header[] = [
    ['host', served.host],
    ['authorization', `Bearer ${served.token}`],
  ];
  const json: Header = ['content-type', 'application/json'];
  const id = fc.constantFrom(...served.settled, served.abandoned, 'never-heard-of');

  /** As well-meant as the document has it: most of these would write. */
  const valid = (kind: string, call: Call, segment = 'new'): Sent => ({
    kind,
    method: call.method,
    target: at(call, segment),
    headers: call.operation.requestBody ? [...guards, json] : guards,
    body: Buffer.from(call.operation.requestBody ? JSON.stringify({ detect_task_id: `new-${segment}` }) : ''),
    mayRead: false,
  });
  const bare = (kind: string, method: string, target: string): Sent => ({
    kind,
    method,
    target,
    headers: guards,
    body: Buffer.alloc(0),
    mayRead: false,
  });

  const valueOf = (name: string, operationId: string, schema: Schema): fc.Arbitrary<string> => {
    const cursor = served.cursors[operationId] ?? '';
    const changed = fc
      .tuple(fc.nat(cursor.length), fc.constantFrom('', 'A', '_', '!', '%'))
      .map(([index, by]) => cursor.slice(0, index) + by + cursor.slice(index + 1));
    const anyCursor = fc.json().map((text) => Buffer.from(text).toString('base64url'));
    return fc.oneof(
      fc.constantFrom('', '%', '%ff', '1e3', '-1', '0x1', 'a'.repeat(9_000)),
      ...breaking(schema).map((values) => values.map((value) => encoded(JSON.stringify(value)))),
      ...(name === 'cursor' ? [changed, anyCursor] : []),
    );
  };
  const query = withQuery.chain((call) =>
    fc.constantFrom(...parametersIn(call, 'query')).chain(({ name, schema }) =>
      fc
        .tuple(id, valueOf(name, call.operation.operationId, schema), fc.boolean())
        .map(([segment, value, isTwice]) => {
          const target = `${at(call, segment)}?${name}=${value}${isTwice ? `&${name}=1&__proto__=1` : ''}`;
          return { ...bare('query', 'GET', target), mayRead: true };
        }),
    ),
  );

  const known = fc.tuple(fc.constantFrom(...served.settled), fc.constantFrom({}, { deadline_seconds: 77 }));
  const vain = [
    'DELETE /detections/never-heard-of',
    'POST /detections/never-heard-of/retry',
    ...served.settled.map((one) => `POST /detections/${one}/retry`),
  ];

  const kinds: [weight: number, arbitrary: fc.Arbitrary<Sent>][] = [
    [
      4,
      fc
        .tuple(any, id, badGuards(served))
        .map(([call, segment, bad]) => ({ ...valid('guard', call, segment), headers: [...bad, json] })),
    ],
    [
      6,
      fc
        .tuple(withBody, badInput(id))
        .map(([call, body]) => ({ ...valid('input', call), body: Buffer.from(body) })),
    ],
    [3, fc.tuple(withBody, badBody).map(([call, body]) => ({ ...valid('body', call), body }))],
    [
      2,
      fc
        .tuple(withBody, fc.constantFrom(...oddTypes))
        .map(([call, type]) => ({ ...valid('type', call), headers: [...guards, ['content-type', type]] })),
    ],
    [
      1,
      fc.tuple(withBody, fc.constantFrom('gzip', 'br', 'x')).map(([call, encoding]) => ({
        ...valid('encoding', call),
        headers: [...guards, json, ['content-encoding', encoding]],
      })),
    ],
    [4, fc.tuple(withId, badId).map(([call, segment]) => valid('id', call, segment))],
    [
      2,
      fc
        .tuple(any, fc.constantFrom(...oddMethods), id)
        .filter(
          ([{ template }, method]) =>
            !calls.some(
              (call) => call.template === template && call.method === (method === 'HEAD' ? 'GET' : method),
            ),
        )
        .map(([call, method, segment]) => ({ ...valid('method', call, segment), method })),
    ],
    [
      2,
      fc.tuple(any, fc.constantFrom(...oddPaths)).map(([{ method }, target]) => bare('path', method, target)),
    ],
    [
      2,
      fc.tuple(any, id, fc.constantFrom(...badFraming)).map(([call, segment, bad]) => {
        const sent = valid('framing', call, segment);
        return { ...sent, headers: [...sent.headers, bad] };
      }),
    ],
    [5, query],
    [
      3,
      fc.tuple(reading, id).map(([call, segment]) => ({ ...valid('reading', call, segment), mayRead: true })),
    ],
    [
      2,
      known.map(([one, more]) => ({
        ...bare('known', 'POST', '/detections'),
        headers: [...guards, json],
        body: Buffer.from(JSON.stringify({ detect_task_id: one, ...more })),
        mayRead: true,
      })),
    ],
    [
      1,
      fc.constantFrom(...vain).map((line) => {
        const [method = '', target = ''] = line.split(' ');
        return bare('vain', method, target);
      }),
    ],
  ];
  return fc.oneof(...kinds.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}
