/** What a caller may ask of the client, field by field. The schemas of `functions/` check it; a test holds both together. */
import type { Detection } from '../functions/detection/fields.ts';
import type { MediaType } from '../functions/detection/types.ts';
import type { MediaFile } from './upload.ts';

interface TaskOptions {
  /**
   * Receives the final record as a signed webhook: https on port 443 of a public host, unless the poller allows others;
   * at most 2048 bytes.
   *
   * @default - no webhook
   * @example 'https://hooks.example.com/faces'
   */
  callback_url?: string | undefined;
  /**
   * How long the task is polled: whole seconds, 5 to 86400.
   *
   * @default - the poller's `deadline`; shorter after a `submitted_at` within the last hour
   * @example 600
   */
  deadline_seconds?: number | undefined;
  /**
   * A JSON object to keep with the record: at most 2048 bytes and 24 levels. An integer beyond 2^53 must be text.
   *
   * @default - none
   * @example { order: 7 }
   */
  metadata?: Record<string, unknown> | undefined;
}

/** A task that was submitted elsewhere. */
export interface StartInput extends TaskOptions {
  /**
   * The provider's id of the task: 1 to 64 letters, digits, `-` or `_`.
   *
   * @example 'task-7'
   */
  detect_task_id: string;
  /**
   * The submitted media, to keep with the record: http or https, at most 2048 bytes.
   *
   * @default - none
   * @example 'https://media.example/party.jpg'
   */
  media_url?: string | undefined;
  /**
   * What the media is, to keep with the record.
   *
   * @default - none
   * @example 'image'
   */
  media_type?: MediaType | undefined;
  /**
   * When the task was submitted: ISO 8601 with a time zone, at most a day ahead.
   *
   * @default - when it is started
   * @example '2026-11-22T12:00:00Z'
   */
  submitted_at?: string | undefined;
}

interface DetectOptions extends TaskOptions {
  /**
   * Submits at most one task for each key in a day: 1 to 64 letters, digits, `-` or `_`.
   *
   * @default - each call submits
   * @example 'order-7'
   */
  idempotency_key?: string | undefined;
}

/** Media that the provider loads. */
export interface DetectUrlRequest extends DetectOptions {
  /**
   * http or https, at most 2048 bytes.
   *
   * @example 'https://media.example/party.jpg'
   */
  media_url: string;
  /**
   * What the media is.
   *
   * @default - by the ending of the URL's path
   * @example 'image'
   */
  media_type?: MediaType | undefined;
}

/** A file to upload first. */
export interface DetectFileRequest extends DetectOptions {
  /**
   * Its path, or its bytes under a name: at most 100 MB; the ending says what it is.
   *
   * @example 'party.jpg'
   */
  file: MediaFile;
}

export type DetectRequest = DetectUrlRequest | DetectFileRequest;

export interface WaitOptions {
  /**
   * Ends the wait; the polling goes on.
   *
   * @default - waits until the record is final
   * @example AbortSignal.timeout(600_000)
   */
  signal?: AbortSignal;
  /**
   * Is called with each record that is read.
   *
   * @default - nothing
   * @example (detection) => console.log(detection.status)
   */
  onRead?: (detection: Detection) => void;
}
