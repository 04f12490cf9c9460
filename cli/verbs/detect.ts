/** From media to faces: submits URLs and files, and waits for the records where asked or where this process polls. */
import path from 'node:path';

import type { DetectRequest } from '../../client/requests.ts';
import { printable } from '../../client/safe-text.ts';
import { firstFault } from '../../functions/detection/input.ts';
import { isFinal } from '../../functions/detection/types.ts';
import { DetectInput } from '../../functions/submit/input.ts';
import { gravest, withoutResults } from '../exit-code.ts';
import { parseDeadline, parseMediaType, parseMetadata, isUrl, readMedia, refuse } from '../input.ts';
import { runRecords, type Step } from '../run-records.ts';
import type { Session } from '../session.ts';

interface DetectOptions {
  mediaType?: DetectInput['media_type'];
  idempotencyKey?: string;
  callbackUrl?: string;
  deadline?: number;
  metadata?: Record<string, unknown>;
  wait?: boolean;
}

export function addDetectVerb(session: Session): void {
  const { program, stdin, signal, using } = session;

  program
    .command('detect <url|file...>')
    .description('submit media for detection, and start polling the tasks')
    .option('--media-type <type>', 'image, gif or video, where the ending does not say it', parseMediaType)
    .option('--idempotency-key <key>', 'submit at most once for this key, however often it is repeated')
    .option('--callback-url <url>', 'receives the final record by a signed webhook')
    .option('--deadline <duration>', 'give up after 5s to 24h', parseDeadline)
    .option('--metadata <json>', 'a JSON object of yours to keep with the record', parseMetadata)
    .option('--wait', 'wait for the final records; exit with 2 for failed, 3 for abandoned')
    .action(async (given: string[], options: DetectOptions) => {
      const media = await readMedia(given, stdin);
      const requests = new Map(media.map((one) => [one, checkedRequest(one, media.length, options)]));
      await using({ polls: true }, async (backend, output) => {
        const { client, pollsHere } = backend;
        const waits = options.wait === true || pollsHere;
        const submitting = new Set<string>();
        const step: Step = async (one, onRead, say) => {
          const request = requests.get(one);
          if (request === undefined) return undefined;
          const onProgress = uploadProgress(session, one, say);
          submitting.add(one);
          const detection = await client.detect(request, { signal, onProgress }).finally(() => {
            if (!signal.aborted) submitting.delete(one);
          });
          if (session.format() === 'text') say(`submitted ${printable(one)}: ${detection.detect_task_id}`);
          if (isFinal(detection.status) || !waits) return detection;
          onRead?.(detection);
          return client.wait(detection.detect_task_id, { signal, ...(onRead && { onRead }) });
        };
        const codes = await runRecords(media, step, {
          session,
          backend,
          output,
          shows: 'progress and lines',
        });
        for (const one of submitting)
          session.stderr.write(`${printable(one)}: ${interruptedSubmission(options)}\n`);
        return waits ? gravest(codes) : withoutResults(codes);
      });
    });
}

/** Of a request that was under way when the command was interrupted. */
const interruptedSubmission = ({ idempotencyKey }: DetectOptions): string =>
  idempotencyKey === undefined
    ? 'may have been submitted all the same; an --idempotency-key makes a repetition safe'
    : 'may have been submitted all the same; repeat it with the same --idempotency-key';

function checkedRequest(media: string, count: number, options: DetectOptions): DetectRequest {
  const { mediaType, idempotencyKey, callbackUrl, deadline, metadata } = options;
  if (idempotencyKey !== undefined && count > 1)
    return refuse('--idempotency-key: names one submission; give each of several media its own command');
  const callers = {
    ...(idempotencyKey !== undefined && { idempotency_key: idempotencyKey }),
    ...(callbackUrl !== undefined && { callback_url: callbackUrl }),
    ...(deadline !== undefined && { deadline_seconds: deadline }),
    ...(metadata !== undefined && { metadata }),
  };
  const ofUrl = {
    ...callers,
    media_url: isUrl(media) ? media : 'https://a.file',
    ...(mediaType && { media_type: mediaType }),
  };
  // All are checked before any is submitted; of a file only what stands beside it.
  const parsed = DetectInput.safeParse(ofUrl);
  if (!parsed.success) return refuse(firstFault(parsed.error, 'input'));
  return isUrl(media) ? ofUrl : { ...callers, file: media };
}

const stepPercent = 25;

/** A line at each quarter: a file of 100 MB takes minutes. */
function uploadProgress(
  { format }: Session,
  media: string,
  say: (line: string) => void,
): (sent: number, total: number) => void {
  let shown = 0;
  return (sent, total) => {
    const percent = Math.floor((sent / total) * 100);
    if (format() === 'json' || percent < shown + stepPercent) return;
    shown = percent - (percent % stepPercent);
    say(`uploading ${printable(path.basename(media))}: ${shown} %`);
  };
}
