/** Promise 5: every final record is published, and each webhook delivered under one id, or recorded as not. */
import type { Check, Judge } from './check.ts';
import { type Head, isFinal } from './facts.ts';

interface Push {
  body: string;
  answers: (number | string)[];
}

const idOf = (task: string, { attempt, status }: Head): string => `${task}_${attempt}_${status}`;
/** All attempts of a delivery: after that it is exhausted. */
const maxAttempts = 10;

export function checkPublished({ facts, broken }: Judge): Check {
  const published = new Set<string>();
  const pushes = new Map<string, Push>();
  const finals = new Map<string, Head>();

  function seePush(task: string, id: string, body: string, answer: number | string): void {
    const known = pushes.get(id);
    if (known !== undefined && known.body !== body)
      broken('published', task, `pushed under the id ${id} with another body`);
    pushes.set(id, { body, answers: [...(known?.answers ?? []), answer] });
    const final = finals.get(id);
    if (final === undefined) return broken('published', task, `pushed as ${id}, which it never was`);
    const { data } = JSON.parse(body) as { data: Head };
    if (
      data.status !== final.status ||
      data.detect_id !== final.detect_id ||
      data.face_count !== final.face_count
    )
      broken('published', task, `pushed as ${id} with what the record does not say`);
  }

  function seeEnd(task: string, head: Head): void {
    const id = idOf(task, head);
    if (!published.has(id)) broken('published', task, `${id} was never published`);
    if (head.callback_url === undefined) return;
    const answers = pushes.get(id)?.answers ?? [];
    const isTaken = answers.some((answer) => typeof answer === 'number' && answer >= 200 && answer < 300);
    switch (head.delivery?.id === id ? head.delivery.state : 'absent') {
      case 'delivered':
        if (!isTaken) broken('published', task, 'delivered, but no receiver took it');
        return;
      case 'rejected':
        if (!answers.includes(410)) broken('published', task, 'rejected, but no receiver did');
        return;
      case 'exhausted':
        if ((head.delivery?.attempts ?? 0) < maxAttempts) broken('published', task, 'given up early');
        return;
      default:
        broken('published', task, `its webhook is ${head.delivery?.state} when all activity has ended`);
    }
  }

  return {
    on: {
      item({ key, item }) {
        const head = item as unknown as Head | undefined;
        if (!key.includes('#') && isFinal(head)) finals.set(idOf(key, head), head);
      },
      event({ detailType, detail: { id, detect_task_id: task } }) {
        // What became of its pictures is another event.
        if (id === undefined || detailType === 'Face Images Archived') return;
        if (!finals.has(id)) broken('published', task, `published as ${id}, which it never was`);
        published.add(id);
      },
      push: ({ task, id, body, answer }) => seePush(task, id, body, answer),
    },
    finish() {
      for (const [task, { head }] of facts.tasks) if (isFinal(head)) seeEnd(task, head);
    },
  };
}
