/** The result of one check of `doctor`. The sentences hold no key, no words of the provider and no stack trace. */
export type CheckResult =
  | { result: 'ok' | 'skipped'; message: string }
  | { result: 'failed'; message: string; fix: string };

export type Finding = { check: string } & CheckResult;

export const ok = (message: string): CheckResult => ({ result: 'ok', message });
export const skipped = (message: string): CheckResult => ({ result: 'skipped', message });
export const failed = (message: string, fix: string): CheckResult => ({ result: 'failed', message, fix });
