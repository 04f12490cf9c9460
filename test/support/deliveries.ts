/** What receivers are sent. */
import { detectionError } from '../../functions/detection/error-codes.ts';
import { type Detection, toDetection } from '../../functions/detection/fields.ts';
import { payloadOf } from '../../functions/notify/webhook/payload.ts';
import { newHead } from '../../functions/records/head.ts';
import { facesOf, noonMs, ownerNamed, testDefaults, taskId } from './records.ts';

export const nowSeconds = noonMs / 1_000;

/** One of its own for each word. */
export const secretOf = (word: string): string =>
  `whsec_${Buffer.from(`a key of the tests, ${word}`.padEnd(32)).toString('base64')}`;

const detect_task_id = taskId('dit60yt8reqplt1c16');
const owner = ownerNamed(`1-${detect_task_id}`);
const begun = toDetection(newHead({ detect_task_id }, owner, testDefaults, noonMs), undefined);
const final_at = '2026-11-22T12:00:04.000Z';

const failed: Detection = { ...begun, status: 'failed', error: detectionError('DETECTION_FAILED'), final_at };

export const failedDelivery = payloadOf(failed);

const faces = facesOf(2);
export const succeededDelivery = payloadOf({
  ...begun,
  status: 'succeeded',
  detect_id: 'm1oZzqYp9dN',
  face_count: faces.length,
  faces,
  final_at,
});
