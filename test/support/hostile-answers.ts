/** Everything that the simulated provider can do, each full of secrets. */
import type { Script, Step } from '../../local/simulator/script.ts';

interface Secrets {
  key: string;
  /** The provider's own. */
  words: string;
  /** Of links to faces. */
  host: string;
}

/** One script for each step that there is; they end with faces, or before. */
export function hostileAnswers({ key, words, host }: Secrets): Record<Step['step'], Script> {
  const link = `https://${host}/0.jpg`;
  const linkWithKey = `${link}?key=${key}`;
  const faces: Extract<Step, { step: 'succeeded' }> = { step: 'succeeded', faces: [{ id: 0, link }] };
  const said = { message: `${words} ${key}`, retryAfter: words };
  // Neither five violations in a row nor what ends a task stands before the last.
  const codes = [404, 200, 429, 999, 500, words, 429, key, 402, 455, 505];
  return {
    after: [{ step: 'after', ms: 1 }, faces],
    pending: [
      { step: 'pending', status: key, retryAfter: words },
      { step: 'pending', status: `x${key}${key}`, isTerse: true },
      { step: 'pending', status: linkWithKey },
      faces,
    ],
    succeeded: [
      { ...faces, detectId: key },
      { ...faces, detectId: link },
      { ...faces, finishedAt: linkWithKey },
      { ...faces, status: 'Success', startedAt: words, finishedAt: link },
    ],
    failed: [{ step: 'failed', error: { code: words, message: linkWithKey, [words]: key } }],
    code: codes.map((code) => ({ step: 'code', code, ...said })),
    nullResult: [{ step: 'nullResult' }, faces],
    wrongId: [{ step: 'wrongId' }, faces],
    wrongShape: [{ step: 'wrongShape' }, { step: 'wrongShape', data: { [words]: linkWithKey } }, faces],
    duplicateKeys: [{ step: 'duplicateKeys' }],
    prototypeKeys: [{ step: 'prototypeKeys' }],
    extraFields: [{ step: 'extraFields' }],
    numericId: [{ step: 'numericId' }, faces],
    brokenJson: [{ step: 'brokenJson' }, faces],
    html: [{ step: 'html', httpStatus: 502 }, faces],
    empty: [{ step: 'empty' }, faces],
    bareStatus: [
      { step: 'bareStatus', httpStatus: 503, body: linkWithKey },
      { step: 'bareStatus', httpStatus: 404, body: words },
      { step: 'bareStatus', httpStatus: 418, body: words },
    ],
    redirect: [{ step: 'redirect', location: linkWithKey }],
    cutJson: [{ step: 'cutJson' }, faces],
    drip: [{ step: 'drip', everyMs: 20 }, faces],
    hang: [{ step: 'hang' }, faces],
    hangAfterHeaders: [{ step: 'hangAfterHeaders' }, faces],
    reset: [{ step: 'reset' }, faces],
    resetMidBody: [{ step: 'resetMidBody' }, faces],
    gzip: [{ step: 'gzip' }, { step: 'gzip', bombBytes: 1_048_576 }, faces],
    tooLarge: [{ step: 'tooLarge' }, faces],
    longHeader: [{ step: 'longHeader' }, faces],
    notHttp: [{ step: 'notHttp' }, faces],
  };
}
