/**
 * Walks every history of observations from one start. Each poll comes when the decision before it said, so that the
 * moments of a history are the real ones, and a history ends where polling would end.
 *
 * Outcomes with equal observations are walked as one. That loses nothing: `resolveNotFound`, `recordObservation` and
 * `decide` get the observation and never the outcome, their arguments are frozen, and observations count as equal only
 * where every word in them is, apart from the reason, which is for the log.
 */
import type { classify } from '../../functions/crun/classify.ts';
import type { Observation } from '../../functions/crun/observation.ts';
import {
  type Decision,
  type decide,
  type resolveNotFound,
  lastPollAtMs,
  type Moment,
  type recordObservation,
} from '../../functions/poll/decide.ts';
import { asked, nowMs } from '../support/answers.ts';
import { allowedClassifications, classificationOf } from '../support/classification.ts';
import { outcomes } from '../support/outcomes.ts';
import { invariants, noPast, type Past, pastWith, type Step } from './invariants.ts';
import type { Start } from './starts.ts';

export interface Parts {
  classify: typeof classify;
  resolveNotFound: typeof resolveNotFound;
  recordObservation: typeof recordObservation;
  decide: typeof decide;
}

/** A broken invariant, and the first story that breaks it. */
interface Finding {
  sentence: string;
  story: string;
}

export interface Classified {
  outcomes: number;
  /** The distinct ones, each by the name of its first outcome. */
  observations: readonly { name: string; observation: Observation }[];
  findings: Finding[];
}

export const classificationSentence =
  'the more severe of HTTP status and body stands, and only the own task is an answer';
export const totalSentence = 'nothing throws';

export function classifyAll(parts: Pick<Parts, 'classify'>): Classified {
  const distinct = new Map<string, { name: string; observation: Observation }>();
  const findings: Finding[] = [];
  let count = 0;
  for (const outcome of outcomes()) {
    count++;
    try {
      const observation = deepFreeze(parts.classify(outcome.exchange, asked, nowMs));
      if (!allowedClassifications(outcome).includes(classificationOf(observation)))
        findings.push({
          sentence: classificationSentence,
          story: `${outcome.name}: ${classificationOf(observation)}`,
        });
      const { reason: _, ...decisive } = { reason: '', ...observation };
      const key = JSON.stringify(decisive);
      if (!distinct.has(key)) distinct.set(key, { name: outcome.name, observation });
    } catch (error) {
      findings.push({ sentence: totalSentence, story: `${outcome.name}: ${String(error)}` });
    }
  }
  return { outcomes: count, observations: [...distinct.values()], findings };
}

export interface Walked {
  /** How many ended after one, two, three observations: by decision, or at the given length. */
  histories: number[];
  decisions: Record<Decision['next'], number>;
  findings: Map<string, { count: number; story: string }>;
}

/** The workflow starts the next invocation some 100 ms late. */
const returnMs = 100;

export function walk(
  parts: Parts,
  observations: Classified['observations'],
  start: Start,
  maxLength: number,
): Walked {
  const histories = Array.from({ length: maxLength }, () => 0);
  const decisions = { poll: 0, wait: 0, settle: 0, abandon: 0 };
  const findings: Walked['findings'] = new Map();
  const { policy } = start;
  const lastMs = lastPollAtMs(policy, start.moment);
  const path: string[] = [];

  function report(sentence: string, decision: unknown): void {
    const found = findings.get(sentence);
    if (found !== undefined) found.count++;
    else {
      const story = `${start.name}: ${path.join(' → ')}: ${JSON.stringify(decision)}`;
      findings.set(sentence, { count: 1, story });
    }
  }

  function invoke(moment: Moment, history: Start['history'], before: Past): void {
    for (const { name, observation } of observations) {
      path.push(name);
      try {
        const seen = parts.resolveNotFound(observation, history, moment, policy);
        const past = pastWith(before, seen);
        const recorded = freeze(parts.recordObservation(history, seen));
        const decision = parts.decide(seen, recorded, moment, policy, start.draw);
        decisions[decision.next]++;
        const step: Step = { observation, seen, before, past, history: recorded, moment, policy, decision };
        for (const invariant of invariants) {
          if (!invariant.holds(step)) report(invariant.sentence, decision);
        }
        const next = path.length < maxLength ? nextMoment(moment, decision) : undefined;
        if (next === undefined) histories[path.length - 1]! += 1;
        else invoke(next, recorded, past);
      } catch (error) {
        report(totalSentence, String(error));
      }
      path.pop();
    }
  }

  /** When the next observation is at hand; nothing where there is none. */
  function nextMoment(moment: Moment, decision: ReturnType<Parts['decide']>): Moment | undefined {
    switch (decision.next) {
      case 'poll':
        return freeze({ ...moment, nowMs: moment.nowMs + decision.inMs + start.callMs });
      case 'wait': {
        const pollAtMs = moment.nowMs + decision.waitSeconds * 1_000 + returnMs;
        // A later invocation does not poll: it abandons by the history's code.
        if (pollAtMs > lastMs) return undefined;
        const invocationEndsAtMs = pollAtMs + policy.laterInvocationMs;
        return freeze({
          ...moment,
          nowMs: pollAtMs + start.callMs,
          invocationEndsAtMs,
          isFirstInvocation: false,
        });
      }
      case 'settle':
      case 'abandon':
        return undefined;
    }
  }

  invoke(freeze({ ...start.moment }), freeze(start.history), start.before.reduce(pastWith, noPast));
  return { histories, decisions, findings };
}

const freeze = <T extends object>(value: T): T => Object.freeze(value);

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) deepFreeze(part);
  return freeze(value);
}
