import { type AnsweredTask, failed, pending, refusal, succeeded } from './envelope.ts';
import * as hostile from './hostile.ts';
import * as malformed from './malformed.ts';
import type { Answer } from './script.ts';
import { type Reply, send, sendHtml, sendJson, sendJsonText, sendText } from './send.ts';

/** What a step of the script does with the call that met it. */
export function replyFor(step: Answer, task: AnsweredTask): Reply {
  switch (step.step) {
    case 'pending':
      return sendJson(pending(task, step), step);
    case 'succeeded':
      return sendJson(succeeded(task, step), step);
    case 'failed':
      return sendJson(failed(task, step), step);
    case 'code':
      return sendJson(refusal(step.code, step.message), step);
    case 'nullResult':
      return sendJson(malformed.nullResult(task));
    case 'wrongId':
      return sendJson(malformed.wrongId(task));
    case 'wrongShape':
      return sendJson(malformed.wrongShape(task, step.data));
    case 'prototypeKeys':
      return sendJson(malformed.prototypeKeys(task));
    case 'extraFields':
      return sendJson(malformed.extraFields(task));
    case 'duplicateKeys':
      return sendJsonText(malformed.duplicateKeys(task));
    case 'numericId':
      return sendJsonText(malformed.numericId(task));
    case 'brokenJson':
      return sendJsonText(malformed.brokenJson(task));
    case 'empty':
      return sendJsonText('');
    case 'html':
      return sendHtml(step.httpStatus);
    case 'bareStatus':
      return sendText(step.httpStatus, step.body ?? '');
    case 'redirect':
      return send(step.httpStatus ?? 302, { location: step.location }, '');
    case 'cutJson':
      return hostile.cut(malformed.answerText(task));
    case 'drip':
      return hostile.drip(malformed.answerText(task), step.everyMs, step.bytes);
    case 'hang':
      return hostile.hang;
    case 'hangAfterHeaders':
      return hostile.hangAfterHeaders;
    case 'reset':
      return hostile.reset;
    case 'resetMidBody':
      return hostile.resetMidBody(malformed.answerText(task));
    case 'gzip':
      return hostile.gzip(malformed.answerText(task), step.bombBytes);
    case 'tooLarge':
      return hostile.tooLarge(malformed.answerText(task), step.bytes);
    case 'longHeader':
      return hostile.longHeader(malformed.answerText(task));
    case 'notHttp':
      return hostile.notHttp;
  }
}
