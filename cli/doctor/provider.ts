/** Whether the provider can be reached from here, takes the key, and has the same time. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';

import { requestChecked } from '../../client/checked-request.ts';
import { classify } from '../../functions/crun/classify.ts';
import { createCrunClient, type Exchange } from '../../functions/crun/client.ts';
import { errorCodes } from '../../functions/detection/error-codes.ts';
import { type CheckResult, failed, ok, skipped } from './check-result.ts';

/** Well-formed, and the id of no task: the provider's answer shows everything but a result. */
const probeId = 'face-poller-doctor';
const timeoutMs = 10_000;

type NoAnswer = Extract<Exchange, { kind: 'no-answer' }>['fault'];
const connectionFixes: Record<NoAnswer, string> = {
  'connection-refused': 'check the base URL, and that nothing blocks the connection',
  reset: 'check what stands between this machine and the provider, such as a proxy',
  dns: 'check the base URL, and that this machine can resolve names',
  timeout: 'check that outgoing connections are allowed, and whether the provider is up',
  tls: 'check the certificate: something else may be answering in its place, such as a proxy',
  'not-http': 'check the base URL: what listens there does not speak HTTP',
  network: 'check that this machine is connected',
};

/** One call for a task that does not exist. Without a key it only shows whether the provider answers. */
export async function probeProvider(provider: {
  baseUrl: string;
  apiKey: string | undefined;
  /** What to do about a rejected key. */
  keyFix: string;
}): Promise<CheckResult> {
  const { baseUrl, apiKey, keyFix } = provider;
  const crun = createCrunClient({ baseUrl });
  const asked = { detectTaskId: probeId, apiKey: apiKey ?? 'none' };
  const exchange = await crun.getResult(probeId, asked.apiKey, timeoutMs).finally(() => crun.close());
  if (exchange.kind === 'no-answer') {
    return failed(`${baseUrl} cannot be reached (${exchange.fault})`, connectionFixes[exchange.fault]);
  }
  const observation = classify(exchange, asked, Date.now());
  const answers = apiKey === undefined ? `${baseUrl} answers` : `${baseUrl} answers and takes the key`;
  switch (observation.kind) {
    case 'not-found':
    case 'failed':
    case 'pending':
    case 'succeeded':
      return ok(answers);
    case 'throttled':
      return ok(`${baseUrl} answers, and throttles (${observation.reason})`);
    case 'on-hold': {
      const { finding, advice } = errorCodes[observation.code];
      return failed(`${baseUrl} ${finding}`, advice);
    }
    case 'denied': {
      const { finding, advice } = errorCodes[observation.code];
      if (observation.code !== 'UNAUTHORIZED')
        return failed(`${baseUrl} ${finding} (${observation.reason})`, advice);
      return apiKey === undefined
        ? ok(`${answers}; whether it takes a key was not tried`)
        : failed(`${baseUrl} ${finding}`, keyFix);
    }
    case 'unavailable':
    case 'violation': {
      const { finding, advice } = errorCodes.UNEXPECTED_RESPONSE;
      return failed(`${baseUrl} ${finding} (${observation.reason})`, advice);
    }
  }
}

/** AWS refuses signatures that are five minutes off; deadlines and `submitted_at` are wrong before that. */
const maxSkewSeconds = 60;

/** By the `Date` of an answer to a request without a key. */
export async function compareClocks(baseUrl: string, now: () => number): Promise<CheckResult> {
  const answered = await dateAt(baseUrl);
  if (answered === undefined) return skipped('the provider sent no date');
  const skewSeconds = Math.round((now() - answered) / 1_000);
  const size = `${Math.abs(skewSeconds)} s`;
  if (Math.abs(skewSeconds) <= maxSkewSeconds) return ok(`within ${maxSkewSeconds} s of the provider’s`);
  return failed(
    `${size} ${skewSeconds > 0 ? 'ahead of' : 'behind'} the provider’s`,
    'set the clock of this machine, best by NTP',
  );
}

async function dateAt(baseUrl: string): Promise<number | undefined> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const request = requestChecked(baseUrl, { method: 'HEAD', signal }).end();
    const [response] = (await once(request, 'response', { signal })) as [IncomingMessage];
    response.resume();
    const at = Date.parse(response.headers.date ?? '');
    return Number.isNaN(at) ? undefined : at;
  } catch {
    return undefined;
  }
}
