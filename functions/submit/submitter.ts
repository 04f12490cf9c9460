/** What submits for a client or the API: this process, or a function elsewhere. */
import type { ApiKeyReader } from '../api-key/reader.ts';
import type { CrunClient } from '../crun/client.ts';
import { type PreparedUpload, prepareUpload, type UploadKind } from '../crun/upload.ts';
import type { Detect } from './detect.ts';
import { SubmissionError } from './outcome.ts';
import { noKey } from './send.ts';

export interface Submitter {
  detect: Detect;
  /** Where the bytes of a file go. They come through no function. */
  prepareUpload: (kind: UploadKind) => Promise<PreparedUpload>;
}

const timeoutMs = 10_000;

export const createPrepareUpload =
  ({
    crun,
    apiKey,
  }: {
    crun: Pick<CrunClient, 'call' | 'isLoopback'>;
    apiKey: ApiKeyReader;
  }): Submitter['prepareUpload'] =>
  async (kind) => {
    const key = await apiKey.read();
    if (key === undefined) throw new SubmissionError('SUBMISSION_UNSENT', { reason: noKey });
    const preparation = await prepareUpload(crun, kind, { apiKey: key, timeoutMs });
    if (preparation.kind === 'prepared') return preparation.upload;
    if (preparation.code === 401) await apiKey.readAfresh().catch(() => {});
    const reason = `the provider prepared no upload: ${preparation.reason}`;
    throw new SubmissionError('SUBMISSION_UNSENT', { reason });
  };
