import type { Status } from '../functions/detection/types.ts';

/** What the command line's exit codes mean; `failed` and `abandoned` come from `start --wait` and `watch` alone. */
export const exitCode = {
  done: 0,
  invalidInput: 1,
  failed: 2,
  abandoned: 3,
  notFound: 4,
  infrastructure: 5,
  interrupted: 130,
} as const;

/** Over several tasks the gravest wins. */
const byGravity = [
  exitCode.interrupted,
  exitCode.infrastructure,
  exitCode.invalidInput,
  exitCode.notFound,
  exitCode.abandoned,
  exitCode.failed,
];

export const gravest = (codes: Iterable<number>): number => {
  const seen = new Set(codes);
  return byGravity.find((code) => seen.has(code)) ?? exitCode.done;
};

export const codeOfStatus = (status: Status): number => {
  if (status === 'failed') return exitCode.failed;
  return status === 'abandoned' ? exitCode.abandoned : exitCode.done;
};
