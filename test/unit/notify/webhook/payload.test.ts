import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { detectionError } from '../../../../functions/detection/error-codes.ts';
import { type Detection, toDetection } from '../../../../functions/detection/fields.ts';
import { deliveryId } from '../../../../functions/detection/types.ts';
import { maxFacesInPayload, payloadOf, WebhookEvent } from '../../../../functions/notify/webhook/payload.ts';
import { newHead } from '../../../../functions/records/head.ts';
import { fromItem, toItem } from '../../../../functions/records/item.ts';
import { facesOf, noonMs, ownerNamed, testDefaults, taskId } from '../../../support/records.ts';

const begun = toDetection(
  newHead(
    {
      detect_task_id: taskId('dit60yt8reqplt1c16'),
      callback_url: 'https://hooks.example.com/?token=a',
      media_url: 'https://media.example/a.jpg',
      submitted_at: '2026-11-22T11:59:00Z',
      metadata: { order: 7 },
    },
    ownerNamed('1-dit60yt8reqplt1c16'),
    testDefaults,
    noonMs,
  ),
  undefined,
);
const final_at = '2026-11-22T12:00:04.000Z';
const succeeded: Detection = {
  ...begun,
  status: 'succeeded',
  detect_id: 'm1oZzqYp9dN',
  face_count: 1,
  faces: [{ id: 0, link: 'https://cdn.example/0.jpg' }],
  provider_started_at: '2026-11-22 12:00:01',
  polls: 4,
  invocations: 1,
  transitions: 3,
  lambda_ms: 1_702,
  executions: 1,
  workflow_ms: 1_750,
  memory_mb: 256,
  final_at,
};
const failed: Detection = {
  ...begun,
  status: 'failed',
  error: detectionError('DETECTION_FAILED', { message: 'no face' }),
  final_at,
};
const abandoned: Detection = { ...begun, status: 'abandoned', error: detectionError('CANCELLED'), final_at };

const dataOf = (detection: Detection): Record<string, unknown> =>
  (JSON.parse(payloadOf(detection)) as { data: Record<string, unknown> }).data;

/** As DynamoDB gives it back: in an order of its own. */
const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, entry]) => [name, shuffled(entry)]),
  );
};

const withFaces = (count: number): Detection => ({ ...succeeded, face_count: count, faces: facesOf(count) });

describe('the body', () => {
  it('has exactly these bytes', () => {
    expect(payloadOf(succeeded)).toBe(
      '{"data":{"attempt":1,"created_at":"2026-11-22T12:00:00.000Z","deadline_at":"2026-11-22T12:59:00.000Z",' +
        '"deadline_seconds":3540,"detect_id":"m1oZzqYp9dN","detect_task_id":"dit60yt8reqplt1c16",' +
        '"execution_arn":"arn:aws:states:us-east-1:123456789012:execution:poller:1-dit60yt8reqplt1c16",' +
        '"execution_name":"1-dit60yt8reqplt1c16","executions":1,"expires_at":1797940800,"face_count":1,' +
        '"faces":[{"id":0,"link":"https://cdn.example/0.jpg"}],"final_at":"2026-11-22T12:00:04.000Z",' +
        '"invocations":1,"lambda_ms":1702,"media_url":"https://media.example/a.jpg","memory_mb":256,"metadata":{"order":7},"polls":4,' +
        '"provider_started_at":"2026-11-22 12:00:01","status":"succeeded","submitted_at":"2026-11-22T11:59:00Z",' +
        '"transitions":3,"usable_until":"2026-11-22T12:59:00.000Z","usable_until_assumed":false,"workflow_ms":1750},' +
        '"timestamp":"2026-11-22T12:00:04.000Z","type":"face_detection.succeeded"}',
    );
  });

  it('is the same for any order of stored names, and after a round trip through the table', () => {
    const name = fc.oneof(fc.stringMatching(/^[a-z0-9]{1,3}$/), fc.string({ minLength: 1, maxLength: 3 }));
    const metadata = fc.dictionary(
      name.filter((text) => text !== '__proto__' && text !== 'constructor'),
      fc.jsonValue({ maxDepth: 2, noUnicodeString: false }),
      {
        maxKeys: 5,
      },
    );
    fc.assert(
      fc.property(metadata, (given) => {
        const detection = { ...succeeded, metadata: given };
        const body = payloadOf(detection);
        expect(JSON.parse(body)).toMatchObject({
          data: { metadata: JSON.parse(JSON.stringify(given)) as object },
        });
        expect(payloadOf(shuffled(detection) as Detection)).toBe(body);
      }),
      { numRuns: 30 },
    );
    expect(payloadOf(fromItem<Detection>(toItem(succeeded)))).toBe(payloadOf(succeeded));
  });

  it('sorts names that look like numbers as text', () => {
    const body = payloadOf({ ...succeeded, metadata: { b: 1, 10: 2, 9: 3 } });
    expect(body).toContain('"metadata":{"10":2,"9":3,"b":1}');
  });

  it('does not change with later writes to a final record', () => {
    const later = {
      ...succeeded,
      updated_at: '2026-11-23T00:00:00.000Z',
      delivery: { id: 'x', state: 'pending' as const, attempts: 3, history: [] },
      due_at: 'x',
    };
    expect(payloadOf(later)).toBe(payloadOf(succeeded));
  });

  it('does not contain its callback URL', () => {
    expect(payloadOf(succeeded)).not.toContain('token');
  });

  it('holds up to a hundred faces, and only the number of more', () => {
    expect(maxFacesInPayload).toBe(100);
    expect(dataOf(withFaces(0))).toMatchObject({ face_count: 0, faces: [] });
    expect(dataOf(withFaces(100))).toMatchObject({ face_count: 100, faces: facesOf(100) });
    expect(dataOf(withFaces(101))).toMatchObject({ face_count: 101 });
    expect(dataOf(withFaces(101))).not.toHaveProperty('faces');
  });

  it('is the same for more than a hundred faces, read or not', () => {
    const { faces: _faces, ...unread } = { ...succeeded, face_count: 101 };
    expect(payloadOf(unread)).toBe(payloadOf({ ...succeeded, face_count: 101, faces: facesOf(101) }));
  });

  it('needs a final record with its faces', () => {
    const { faces: _faces, ...unread } = succeeded;
    expect(() => payloadOf(unread)).toThrow(/^dit60yt8reqplt1c16: its faces must be joined/);
    expect(() => payloadOf(begun)).toThrow(/^dit60yt8reqplt1c16: is not final yet$/);
  });

  it.each([succeeded, failed, abandoned])('is parsed as it was built: $status', (detection) => {
    const parsed = WebhookEvent.parse(JSON.parse(payloadOf(detection)));
    const { callback_url: _url, updated_at: _at, ...told } = detection;
    expect(parsed).toEqual({ type: `face_detection.${detection.status}`, timestamp: final_at, data: told });
  });
});

describe('the id', () => {
  it('names task, attempt and status, without a dot', () => {
    const head = { detect_task_id: taskId('dit60yt8reqplt1c16'), attempt: 2, status: 'abandoned' } as const;
    expect(deliveryId(head)).toBe('dit60yt8reqplt1c16_2_abandoned');
  });
});
