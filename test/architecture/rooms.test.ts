/** The house: which room may import which, and how large a module may be. */
import { describe, expect, it } from 'vitest';

import { arrowsOf, type Module, picture, readModules, roomOf } from '../../tools/rooms.ts';
import { functionsIn } from './functions-in.ts';

const modules = readModules();
const sources = modules.filter(({ file }) => !file.startsWith('test/'));
const functions = modules.filter(({ file }) => file.startsWith('functions/'));
const handlers = functions.filter(({ file }) => file.endsWith('/handler.ts'));
const arrows = arrowsOf(sources);
const drawn = `\nThe rooms today (node tools/rooms.ts):\n${picture(modules)}`;

/** The shortest way from a node back to itself, for each node that has one. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  return [...graph.keys()].flatMap((start) => {
    const ways = [[start]];
    const seen = new Set<string>();
    for (const way of ways)
      for (const to of graph.get(way.at(-1) ?? '') ?? []) {
        if (to === start) return [[...way, start]];
        if (!seen.has(to)) ways.push([...way, to]);
        seen.add(to);
      }
    return [];
  });
}

const topOf = (file: string): string => file.split('/')[0] ?? '';
const lines = ({ text }: Module): number => text.trimEnd().split('\n').length;
const importsBetween = (isWrong: (from: string, to: string) => boolean, among = sources): string[] =>
  among.flatMap(({ file, imports }) =>
    imports.filter((to) => isWrong(file, to)).map((to) => `${file} → ${to}`),
  );

/** Each may import from itself and from those named. */
const folders: Record<string, readonly string[]> = {
  functions: [],
  client: ['functions'],
  local: ['functions', 'client'],
  console: ['functions'],
  cli: ['functions', 'client', 'local', 'console'],
  infra: ['functions'],
  exports: ['functions', 'client', 'local', 'infra'],
  tools: ['functions', 'infra', 'console'],
};

const isUpward = (from: string, to: string): boolean =>
  topOf(from) !== topOf(to) &&
  topOf(to) in { ...folders, test: [] } &&
  !folders[topOf(from)]?.includes(topOf(to));

const suiteOf = (file: string): string =>
  file
    .split('/')
    .slice(1, file.startsWith('test/unit/') ? 3 : 2)
    .join('/');

const isOfAnotherSuite = (from: string, to: string): boolean =>
  to.startsWith('test/') && suiteOf(to) !== 'support' && suiteOf(from) !== suiteOf(to);

describe('imports', () => {
  it('lead one way between the folders', () => {
    expect(importsBetween(isUpward), drawn).toEqual([]);
  });

  it('make no circle of rooms, and none of modules, types included', () => {
    expect(circlesIn(arrows), drawn).toEqual([]);
    expect(circlesIn(new Map(sources.map(({ file, imports }) => [file, imports])))).toEqual([]);
  });

  it('bring into detection and telemetry nothing but words', () => {
    expect(arrows.get('detection'), drawn).toEqual(['http']);
    expect(arrows.get('telemetry'), drawn).toEqual(['detection']);
  });

  it.each(['http', 'api-key', 'crun', 'records', 'rate-limit', 'control', 'telemetry', 'notify'])(
    'keep polling out of %s',
    (room) => {
      const reached = new Set([room]);
      for (const each of reached) for (const to of arrows.get(each) ?? []) reached.add(to);
      expect(
        [...reached].filter((each) => ['poll', 'sweep', 'api'].includes(each)),
        drawn,
      ).toEqual([]);
    },
  );

  it('of tests are of sources, of test/support and of their own suite', () => {
    const found = importsBetween(isOfAnotherSuite, modules).map((arrow) =>
      arrow.split(' → ').map(suiteOf).join(' → '),
    );
    expect([...new Set(found)].toSorted()).toEqual(Object.keys(neighbours).toSorted());
  });
});

/** Suites that import from another one, and why. */
const neighbours = {
  'crash → sim': 'a crash is a planted fault of the simulated world',
  'deploy → console': 'a deployed stack is watched in the same browser',
  'docs → bench': 'the documents quote its results',
  'docs → deploy': 'its evidence stands beside the promises of the README',
  'docs → scale': 'the documents quote its results',
  'infra → bench': 'the bundles that are measured are those whose size is bounded',
  'package → deploy': 'a consumer deploys to the same account of the emulator',
  'scale → bench': 'both count by the same prices and workloads',
};

describe('the page', () => {
  const pages = modules.filter(({ file }) => file.startsWith('console/'));

  it("takes the API's types from functions/, and nothing that runs", () => {
    const taken = pages.flatMap(({ text }) => [...text.matchAll(/^import ([^;]*?) from '(\.\.[^']+)'/gm)]);
    expect(taken.length).toBeGreaterThan(0);
    for (const [, names, from] of taken) {
      expect(names).toMatch(/^type /);
      expect(from).toMatch(/^\.\.\/functions\/api\//);
    }
  });
});

describe('every module', () => {
  it('begins with its comment, also after its imports were sorted', () => {
    const between = /;\n+\/\*\*(?:(?!\*\/)[^])*\*\/\nimport /;
    expect(modules.filter(({ text }) => between.test(text)).map(({ file }) => file)).toEqual([]);
  });
});

describe('modules of functions/', () => {
  it('have at most 200 lines', () => {
    expect(functions.filter((module) => lines(module) > 200).map(({ file }) => file)).toEqual([]);
  });

  it('have functions of at most 60 lines, without the functions inside them', () => {
    const found = functions.flatMap(({ file, text }) =>
      functionsIn(text)
        .filter(({ ownLines }) => ownLines > 60)
        .map(({ name }) => `${file}: ${name}`),
    );
    expect(found).toEqual([]);
  });

  it('have handlers of at most 15 lines', () => {
    expect(handlers.map(({ file }) => roomOf(file))).toEqual(
      expect.arrayContaining(['api', 'poll', 'sweep', 'notify']),
    );
    expect(handlers.filter((module) => lines(module) > 15).map(({ file }) => file)).toEqual([]);
  });
});

describe('a function that has a table', () => {
  it("goes by the database's clock", () => {
    const opening = functions.filter(({ text }) => text.includes('new DynamoDBClient('));
    expect(opening.length).toBeGreaterThan(5);
    expect(
      opening.filter(({ text }) => !text.includes('databaseClock(') || text.includes('systemClock')),
    ).toEqual([]);
  });
});

describe('the environment', () => {
  it('is read by handlers and by the command line alone', () => {
    const readers = sources.filter(({ text }) => /\bprocess\.env\b/.test(text)).map(({ file }) => file);
    expect(readers.filter((file) => !file.endsWith('/handler.ts'))).toEqual([
      'cli/main.ts',
      'tools/audit/main.ts',
      'tools/smoke/main.ts',
    ]);
  });
});

describe('the count of lines', () => {
  it('takes a function without those inside it, whatever form it has', () => {
    const text = `
export function outer(
  deps: Deps,
): Outer {
  const inner = async () => {
    if (
      deps.isLong
    ) {
      await 1;
    }
  };
  return {
    method(): void {
      inner();
    },
    async *rows({ a }: { a: string }) {
      yield a;
    },
  };
}
class Box {
  #secret(): string {
    return '';
  }
}
`;
    expect(functionsIn(text)).toEqual([
      { name: 'outer', ownLines: 6 },
      { name: 'inner', ownLines: 7 },
      { name: 'method', ownLines: 3 },
      { name: 'rows', ownLines: 3 },
      { name: '#secret', ownLines: 3 },
    ]);
  });
});
