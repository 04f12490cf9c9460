/** What is mutated together, and the tests that have to notice: those of the same folder. */
export interface Room {
  name: string;
  mutate: string[];
  tests: string[];
}

const folders = ['api', 'crun', 'deliver', 'detections', 'http', 'poll', 'publish', 'rate', 'start', 'sweep'];

/** Every module of `functions/`. */
export const rooms: Room[] = [
  ...folders.map((name) => ({
    name,
    mutate: [`functions/${name}/**/*.ts`],
    tests: [`test/unit/${name}/**/*.test.ts`],
  })),
  { name: 'root', mutate: ['functions/*.ts'], tests: ['test/unit/*.test.ts'] },
];
