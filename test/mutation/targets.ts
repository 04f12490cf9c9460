/** What is mutated together, and the tests that have to notice. */
export interface Target {
  name: string;
  mutate: string[];
  tests: string[];
  /** Whether what a module does when it is loaded is left as it is: every such mutant asks for all its tests. */
  ignoreStatic?: boolean;
}

/** By their own tests alone, which take no time: here none may survive. */
const decision: Target = {
  name: 'decision',
  mutate: [
    'functions/crun/classify.ts',
    'functions/poll/decide.ts',
    'functions/poll/gap.ts',
    'functions/rate-limit/hold.ts',
  ],
  tests: [
    'test/unit/crun/classify.test.ts',
    'test/unit/crun/classify-codeless.test.ts',
    'test/unit/crun/classify-hints.test.ts',
    'test/unit/crun/classify-pairs.test.ts',
    'test/unit/crun/firewall.test.ts',
    'test/unit/poll/decide.test.ts',
    'test/unit/poll/policy.test.ts',
  ],
};

const folders = [
  'api',
  'api-key',
  'archive',
  'authorize',
  'control',
  'crun',
  'detection',
  'http',
  'notify',
  'poll',
  'rate-limit',
  'records',
  'submit',
  'sweep',
  'telemetry',
];

/** What stands in the record is also tested by those who write and read it. */
const callers: Partial<Record<string, string[]>> = {
  records: ['api', 'client', 'control', 'notify', 'sweep'],
};

/** Their tests take half a minute and longer. */
const slow = new Set(['records', 'poll']);

/** Every module of `functions/`: but for the decision those of a folder, by the tests of the same folder. */
export const targets: Target[] = [
  decision,
  ...folders.map((name) => ({
    name,
    mutate: [`functions/${name}/**/*.ts`, ...decision.mutate.map((module) => `!${module}`)],
    tests: [name, ...(callers[name] ?? [])].map((folder) => `test/unit/${folder}/**/*.test.ts`),
    ignoreStatic: slow.has(name),
  })),
  { name: 'root', mutate: ['functions/*.ts'], tests: ['test/unit/*.test.ts'] },
];

/** A target by its name, or one module with the tests of its target. */
export function targetOf(asked: string): Target {
  const folder =
    /^functions\/([\w-]+)\//.exec(asked)?.[1] ?? (asked.startsWith('functions/') ? 'root' : asked);
  const target = decision.mutate.includes(asked) ? decision : targets.find(({ name }) => name === folder);
  if (target === undefined) throw new Error(`${asked}: no folder or module of functions/`);
  return asked === target.name ? target : { ...target, mutate: [asked] };
}
