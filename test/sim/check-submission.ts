/** One POST for a key unless the one before came to nothing; what was submitted is polled, what is unknown is called so. */
import type { Check, Judge } from './check.ts';
import type { Posted } from './history.ts';

interface Post {
  /** Undefined while it is under way, and where its sender died. */
  posted?: Posted;
  endedAtMs?: number;
}

/** With any of these a caller may not take the task for one that does not exist. */
const open = /^(SUBMISSION_UNKNOWN 6|SUBMISSION_BUSY 5|failed|died|refused: \w+)$/;
const started = /^polled /;

export function checkSubmission({ facts, broken }: Judge): Check {
  const posts = new Map<string, Map<number, Post>>();
  const asks = new Map<number, number>();
  const of = (task: string): Map<number, Post> => {
    const known = posts.get(task) ?? new Map<number, Post>();
    posts.set(task, known);
    return known;
  };

  function seeAnswer(task: string, outcome: string, sinceMs: number): void {
    const mine = [...of(task).values()];
    const before = mine.filter(({ endedAtMs = Infinity }) => endedAtMs < sinceMs);
    if (outcome.startsWith('SUBMISSION_UNKNOWN') && !outcome.endsWith(' 6'))
      broken('submitted once', task, `${outcome} is not the exit status of an unknown outcome`);
    if (started.test(outcome) && !mine.some(({ posted }) => posted === 'created'))
      broken('submitted once', task, `${outcome}, though no POST is known to have created it`);
    const isCreated = before.some(({ posted }) => posted === 'created');
    const isUnknown = before.some(({ posted }) => posted === 'unknown');
    if ((isCreated && !started.test(outcome) && !open.test(outcome)) || (isUnknown && !open.test(outcome)))
      broken(
        'submitted once',
        task,
        `${outcome}, after a POST that was ${isCreated ? 'taken' : 'not answered'}`,
      );
  }

  return {
    on: {
      posted({ task, post }) {
        for (const { posted } of of(task).values())
          if (posted !== 'rejected')
            broken(
              'submitted once',
              task,
              `a second POST with its key, after one that is ${posted ?? 'under way'}`,
            );
        of(task).set(post, {});
      },
      'post-ended': ({ task, post, posted }, endedAtMs) => void of(task).set(post, { posted, endedAtMs }),
      asked: ({ ask }, atMs) => void asks.set(ask, atMs),
      answered({ task, verb, ask, outcome }) {
        if (verb === 'detect' && facts.of(task).plan.by === 'media')
          seeAnswer(task, outcome, asks.get(ask) ?? Infinity);
      },
    },
  };
}
