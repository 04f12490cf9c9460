/** Promise 6: no key, link or word where others can read it. */
import { canary } from '../answers.ts';
import { type PlantedBug } from './planted-bug.ts';

export const bugsOfSilence: readonly PlantedBug[] = [
  {
    name: 'the event has the links in it',
    parts: {
      put: (put) => (event) =>
        put({ ...event, detail: { ...event.detail, link: `https://cdn.crun.example/${canary}` } as never }),
    },
    caughtBy: 'silent: in event',
  },
  {
    name: 'the state has the faces in it',
    parts: {
      poll: (poll) => async (event, endsAtMs) => {
        const answer = await poll(event, endsAtMs);
        return answer.next === 'settled'
          ? { ...answer, output: { ...answer.output, faces: [canary] } as never }
          : answer;
      },
    },
    caughtBy: 'silent: in state',
  },
];
