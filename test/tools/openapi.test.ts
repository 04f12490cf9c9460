import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';

import { match } from '../../functions/api/match.ts';
import { json, problemAnswer } from '../../functions/api/message.ts';
import { ExecutionInput } from '../../functions/detection/input.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { openApiDocument } from '../../tools/openapi/document.ts';
import { document, faultsOf, type Schema, validatorOf } from '../support/conform.ts';

const validityOf = async (candidate: object): Promise<boolean> =>
  (await new Validator().validate(candidate as Record<string, unknown>)).valid;

describe('the OpenAPI document', () => {
  it('matches the schemas', () => {
    // Where it is not: `npm run snapshot`, then review what changed.
    expect(document).toEqual(openApiDocument(packageJson.version));
  });

  it('is valid', async () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(await validityOf(document)).toBe(true);
  });

  it.each<[string, (text: string) => string]>([
    [
      'an answer without a description',
      (text) => text.replace('"description":"The task is known."', '"x-nothing":0'),
    ],
    ['a parameter in no place', (text) => text.replace('"in":"query"', '"in":"nowhere"')],
    ['another version', (text) => text.replace('"3.1.1"', '"3.9.0"')],
  ])('would not be valid with %s', async (_what, breaks) => {
    const text = JSON.stringify(document);
    expect(breaks(text)).not.toBe(text);
    expect(await validityOf(JSON.parse(breaks(text)) as object)).toBe(false);
  });

  it('leaves no object without fields: a generated client could send none of its own', () => {
    const bare: string[] = [];
    JSON.stringify(document.components.schemas, (name, value: Schema) => {
      if (value?.['type'] === 'object' && !('properties' in value) && !('additionalProperties' in value))
        bare.push(name);
      return value;
    });
    expect(bare).toEqual([]);
  });

  it('declares each part of a path', () => {
    for (const [template, path] of Object.entries(document.paths))
      for (const { operationId, parameters = [] } of Object.values(path)) {
        const declared = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
        expect([operationId, declared]).toEqual([
          operationId,
          [...template.matchAll(/\{(\w+)\}/g)].map((part) => part[1]),
        ]);
      }
  });

  it('has schemas that compile, each with its references', () => {
    const names = Object.keys(document.components.schemas);
    expect(names).toContain('Detection');
    for (const name of names)
      expect(validatorOf({ $ref: `#/components/schemas/${name}` })).toBeTypeOf('function');
  });

  it('describes every operation under the name of its handler', () => {
    for (const [template, path] of Object.entries(document.paths)) {
      for (const [method, { operationId }] of Object.entries(path)) {
        const found = match(method.toUpperCase(), template.replace('{detect_task_id}', 'dit60yt8reqplt1c16'));
        expect(found).toMatchObject({ kind: 'operation', operation: operationId });
      }
    }
  });

  it.each([
    { detect_task_id: 'a' },
    {
      detect_task_id: 'a',
      media_url: 'https://media.example/a.jpg',
      deadline_seconds: 5,
      metadata: { a: null },
    },
    {},
    [],
    { detect_task_id: 'a b' },
    { detect_task_id: 'a'.repeat(65) },
    { detect_task_id: 1 },
    { detect_task_id: 'a', deadline_seconds: 4 },
    { detect_task_id: 'a', deadline_seconds: 86_401 },
    { detect_task_id: 'a', deadline_seconds: 5.5 },
    { detect_task_id: 'a', media_url: 'x' },
    { detect_task_id: 'a', media_url: `http://a/${'x'.repeat(2_048)}` },
    { detect_task_id: 'a', metadata: [] },
    { detect_task_id: 'a', colour: 1 },
  ])('accepts and rejects an input as the handler does: %j', (input) => {
    const validate = validatorOf({ $ref: '#/components/schemas/ExecutionInput' });
    expect(validate(input)).toBe(ExecutionInput.safeParse(input).success);
  });
});

describe('the check of an answer by the document', () => {
  const problem = problemAnswer({ status: 404, detail: 'There is none.' });
  const at = '2026-11-22T12:00:00.000Z';
  const usable = { usable_until: at, usable_until_assumed: true };
  const listed = { detect_task_id: 'a', status: 'failed', created_at: at, updated_at: at, ...usable };

  it.each([
    ['a status that is not described', 'GET', '/detections', { ...problem, status: 404 }],
    ['another type', 'GET', '/detections/a', { ...problem, headers: { 'content-type': 'application/json' } }],
    ['no type', 'GET', '/detections/a', { ...problem, headers: {} }],
    ['a missing header', 'GET', '/detections', problemAnswer({ status: 503, detail: '' })],
    ['a missing attribute', 'GET', '/detections', json(200, {})],
    ['one too many', 'GET', '/detections', json(200, { detections: [{ ...listed, due_at: '' }] })],
    [
      'an unknown status of a record',
      'GET',
      '/detections',
      json(200, { detections: [{ ...listed, status: 'x' }] }),
    ],
    ['no instant', 'GET', '/detections', json(200, { detections: [{ ...listed, updated_at: 'noon' }] })],
    ['no problem', 'GET', '/', json(404, {})],
  ])('finds %s', (_what, method, path, answer) => {
    expect(faultsOf(method, path, answer)).not.toEqual([]);
  });

  it('finds no fault in correct answers', () => {
    expect(faultsOf('GET', '/detections', json(200, { detections: [listed] }))).toEqual([]);
    expect(faultsOf('GET', '/detections/a', problem)).toEqual([]);
  });
});
