/** What a POST of media meets, once its connection is made: whether there is a task, and what its sender can know. */
import type { Exchange } from '../../functions/crun/client.ts';
import { accepted, refusal } from '../../local/simulator/envelope.ts';
import { answered } from '../support/answers.ts';
import { apiKey, canary } from './answers.ts';
import type { FaultAt } from './faults.ts';
import type { Posted } from './history.ts';

interface Meeting {
  isCreated: boolean;
  answerMs: number;
  posted: Posted;
  exchange: Exchange;
}

/** Longer than any sender waits. */
const neverMs = 60_000;

export function postMeeting(
  fault: Exclude<FaultAt<'submission'>, 'refused'> | undefined,
  task: string,
  draw: () => number,
): Meeting {
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(draw() * choices.length)] as T;
  const answerMs = 80 + 400 * draw();
  const unknown = (isCreated: boolean, exchange: Exchange): Meeting => ({
    isCreated,
    answerMs,
    posted: 'unknown',
    exchange,
  });
  const created = answered(accepted(task));
  switch (fault) {
    case undefined:
      return { isCreated: true, answerMs, posted: 'created', exchange: created };
    case 'slow':
      // Some answer within the time that a sender waits.
      return { isCreated: true, answerMs: 2_000 + 14_000 * draw(), posted: 'created', exchange: created };
    case 'reset-before-body':
      return unknown(false, { kind: 'no-answer', fault: 'reset' });
    case 'reset':
      return unknown(true, { kind: 'no-answer', fault: 'reset' });
    case 'timed-out':
      return { isCreated: pick([true, false]), answerMs: neverMs, posted: 'unknown', exchange: created };
    case 'error':
      return unknown(pick([true, false]), answered(refusal(500, canary), pick([200, 500])));
    case 'page':
      return unknown(pick([true, false]), answered(`<html>${canary}</html>`, pick([502, 503, 504, 403])));
    case 'cut':
      return unknown(true, {
        kind: 'unreadable',
        httpStatus: 200,
        fault: pick(['cut', 'not-utf8', 'encoded']),
      });
    case 'rejected': {
      const code = pick([401, 402, 403, 404, 422, 429, 455, 505]);
      const exchange = answered(
        refusal(code, `${canary} ${apiKey}`),
        pick([200, code]),
        pick([undefined, '7']),
      );
      return { isCreated: false, answerMs, posted: 'rejected', exchange };
    }
  }
}
