/** Submits media for detection, by the provider's documented calls. */
import * as z from 'zod/mini';

import { createCrunClient } from '../../functions/crun/client.ts';
import { type DetectEndpoint, endpoints } from '../../functions/crun/endpoints.ts';
import { parseEnvelope } from '../../functions/crun/envelope.ts';
import { createWords } from '../../functions/crun/words.ts';
import { DetectTaskId } from '../../functions/detection/input.ts';

const timeoutMs = 15_000;

/** Each returns the `detect_task_id`, or throws an error of one sentence. */
export const submitImage = (baseUrl: string, apiKey: string, imageUrl: string): Promise<string> =>
  submit(endpoints.detectImage, baseUrl, apiKey, imageUrl);

/** Also for GIFs. */
export const submitVideo = (baseUrl: string, apiKey: string, videoUrl: string): Promise<string> =>
  submit(endpoints.detectVideo, baseUrl, apiKey, videoUrl);

const Accepted = z.object({ detect_task_id: DetectTaskId });

async function submit(
  endpoint: DetectEndpoint,
  baseUrl: string,
  apiKey: string,
  mediaUrl: string,
): Promise<string> {
  const crun = createCrunClient({ baseUrl });
  const body = { [endpoint.mediaField]: mediaUrl };
  const exchange = await crun.call(endpoint, { body, apiKey, timeoutMs }).finally(() => crun.close());
  if (exchange.kind === 'no-answer') {
    const { origin } = new URL(baseUrl);
    throw new Error(`The submission did not reach the provider at ${origin} (${exchange.fault}).`);
  }
  const { httpStatus } = exchange;
  const parsed = parseEnvelope(exchange.kind === 'answered' ? exchange.body : '');
  if (parsed.kind !== 'envelope') {
    throw new Error(
      `The submission was answered with HTTP ${httpStatus} and without the provider's envelope.`,
    );
  }
  const { code, data } = parsed.envelope;
  const accepted = Accepted.safeParse(data);
  if (httpStatus === 200 && code === 200 && accepted.success) return accepted.data.detect_task_id;
  if (code === 200)
    throw new Error(`The submission was answered with HTTP ${httpStatus} and without a task id.`);
  const { message = 'no reason given' } = createWords(apiKey).of(parsed.envelope.message);
  throw new Error(`The provider rejected the submission with code ${code}: ${message}.`);
}
