/** Submits media for detection, by the provider's documented calls. */
import * as z from 'zod/mini';

import { parseEnvelope } from '../../functions/crun/envelope.ts';
import { DetectTaskId } from '../../functions/detection/input.ts';
import { calls, type DetectCall } from './calls.ts';

const timeoutMs = 15_000;

/** Each returns the `detect_task_id`, or throws an error of one sentence. */
export const submitImage = (baseUrl: string, apiKey: string, imageUrl: string): Promise<string> =>
  submit(calls.image, baseUrl, apiKey, imageUrl);

/** GIFs too. */
export const submitVideo = (baseUrl: string, apiKey: string, videoUrl: string): Promise<string> =>
  submit(calls.video, baseUrl, apiKey, videoUrl);

const Accepted = z.object({ detect_task_id: DetectTaskId });

async function submit(call: DetectCall, baseUrl: string, apiKey: string, mediaUrl: string): Promise<string> {
  const { httpStatus, text } = await post(new URL(call.path.slice(1), baseUrl.replace(/\/*$/, '/')), apiKey, {
    [call.mediaField]: mediaUrl,
  });
  const parsed = parseEnvelope(text);
  if (parsed.kind !== 'envelope') {
    throw new Error(
      `The submission was answered with HTTP ${httpStatus} and without the provider's envelope.`,
    );
  }
  const { code, message, data } = parsed.envelope;
  const accepted = Accepted.safeParse(data);
  if (httpStatus === 200 && code === 200 && accepted.success) return accepted.data.detect_task_id;
  if (code === 200)
    throw new Error(`The submission was answered with HTTP ${httpStatus} and without a task id.`);
  throw new Error(`The provider refused the submission with code ${code}: ${message ?? 'no reason given'}.`);
}

async function post(url: URL, apiKey: string, body: object): Promise<{ httpStatus: number; text: string }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
      body: JSON.stringify(body),
      // A redirect would carry the key along.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { httpStatus: response.status, text: await response.text() };
  } catch (error) {
    throw new Error(`The submission did not reach the provider at ${url.origin}.`, { cause: error });
  }
}
