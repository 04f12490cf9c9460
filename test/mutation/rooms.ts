/** What is mutated together, and the tests that have to notice. */
export interface Room {
  name: string;
  mutate: string[];
  tests: string[];
  /** Whether what a module does when it is loaded is left as it is: every such mutant asks for all tests of the room. */
  ignoreStatic?: boolean;
}

/** Judged by their own tests alone, which take no time. */
const decision: Room = {
  name: 'decision',
  mutate: ['functions/crun/judge.ts', 'functions/poll/decide.ts', 'functions/poll/policy.ts'],
  tests: [
    'test/unit/crun/judge.test.ts',
    'test/unit/crun/judge-pairs.test.ts',
    'test/unit/poll/decide.test.ts',
    'test/unit/poll/policy.test.ts',
  ],
};

const folders = ['api', 'crun', 'deliver', 'detections', 'http', 'poll', 'publish', 'rate', 'start', 'sweep'];

/** What stands in the record is also tested by those who write and read it. */
const callers: Partial<Record<string, string[]>> = {
  detections: ['api', 'deliver', 'publish', 'start', 'sweep'],
};

/** Their tests take half a minute and longer. */
const slow = new Set(['detections', 'poll']);

/** Every module of `functions/`: but for the decision those of a folder, by the tests of the same folder. */
export const rooms: Room[] = [
  decision,
  ...folders.map((name) => ({
    name,
    mutate: [`functions/${name}/**/*.ts`, ...decision.mutate.map((module) => `!${module}`)],
    tests: [name, ...(callers[name] ?? [])].map((folder) => `test/unit/${folder}/**/*.test.ts`),
    ignoreStatic: slow.has(name),
  })),
  { name: 'root', mutate: ['functions/*.ts'], tests: ['test/unit/*.test.ts'] },
];

/** A room by its name, or one module with the tests of its room. */
export function roomOf(asked: string): Room {
  const folder = /^functions\/(\w+)\//.exec(asked)?.[1] ?? (asked.startsWith('functions/') ? 'root' : asked);
  const room = decision.mutate.includes(asked) ? decision : rooms.find(({ name }) => name === folder);
  if (room === undefined) throw new Error(`${asked}: no folder or module of functions/`);
  return asked === room.name ? room : { ...room, mutate: [asked] };
}
