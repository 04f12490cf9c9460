import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { exitCode } from '../../cli/exit-code.ts';
import { ApiEnv } from '../../functions/api/env.ts';
import { maxBodyBytes as maxRequestBytes } from '../../functions/api/input.ts';
import { routes } from '../../functions/api/routes.ts';
import { maxBodyBytes } from '../../functions/crun/client.ts';
import { abandonmentCodes, detectionError, failureCodes } from '../../functions/detection/error-codes.ts';
import { maxHintMs } from '../../functions/http/retry-after.ts';
import { DeliverEnv } from '../../functions/notify/webhook/env.ts';
import { PollEnv } from '../../functions/poll/env.ts';
import { expressPolicy, type Policy, standardPolicy } from '../../functions/poll/policy.ts';
import { PollState } from '../../functions/poll/state.ts';
import { byStatus, due } from '../../functions/records/table.ts';
import { SweepEnv } from '../../functions/sweep/env.ts';
import { metrics } from '../../functions/telemetry/metrics.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => path.join(folder, file));
const pages = ['README.md', 'CHANGELOG.md', ...filesIn('docs', '.md')];
const readme = read('README.md');
const design = read('docs/design.md');

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].toSorted();
const matches = (text: string, pattern: RegExp): string[] =>
  sorted([...text.matchAll(pattern)].map(([, found]) => found ?? ''));

/** The text under a heading, up to the next of any level. */
function section(page: string, heading: string): string {
  const [, after] = page.split(new RegExp(`^#+ ${heading}$`, 'm'));
  if (after === undefined) throw new Error(`there is no heading ${heading}`);
  return after.split(/^#+ /m)[0] ?? '';
}

/** The rows of all tables in a text, cell by cell. */
const rowsOf = (text: string): string[][] =>
  [...text.matchAll(/^\| (.*) \|$/gm)].map(([, row = '']) => row.split(' | ').map((cell) => cell.trim()));
/** Every name in the first column: a cell may hold several. */
const namesIn = (text: string): string[] =>
  sorted(rowsOf(text).flatMap(([cell = '']) => matches(cell, /`([^`]+)`/g)));

const errorRows = (page: string): string[][] =>
  rowsOf(section(page, 'Error codes')).filter(([code]) => /^`[A-Z_]+`$/.test(code ?? ''));

/** The fields of an interface or schema, by the source's own indentation. */
const fieldsOf = (file: string, opening: string): string[] => {
  const [, body = ''] = read(file).split(opening);
  return matches(body.split(/^\}/m)[0] ?? '', /^ {2}(?:readonly )?(\w+)\??:/gm);
};

/** As GitHub makes them. */
const anchorsOf = (page: string): Set<string> =>
  new Set(
    matches(page, /^#+ (.+)$/gm).map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );

describe('the documentation', () => {
  it('says how to set up and how to test in one command each', () => {
    const commands = [...readme.matchAll(/^.*npm ci &&.*$/gm)].map(([line]) => line);
    expect(commands).toEqual(['npm ci && npm start', 'npm ci && npm test']);
    expect(readme.match(/^npm (ci|install|i)$/gm)).toBeNull();
  });

  it.each(pages)('links to nothing that is not there: %s', (page) => {
    const links = matches(read(page), /\]\(([^)\s]+)\)/g).filter((link) => !link.includes('://'));
    const missing = links.filter((link) => {
      const [target = '', anchor] = link.split('#');
      const file = target === '' ? page : path.join(path.dirname(page), target);
      if (!existsSync(path.join(root, file))) return true;
      return anchor !== undefined && !anchorsOf(read(file)).has(anchor);
    });
    expect(missing).toEqual([]);
  });

  it.each(pages)('names no file that is not there: %s', (page) => {
    const files = matches(read(page), /`((?:functions|infra|client|local|test|docs)\/[\w./-]*)`/g);
    expect(files.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });

  it.each(pages)('stands alone: %s', (page) => {
    expect(read(page)).not.toMatch(/\/work\b|\bshared\/|issue #/i);
  });

  it('imports in its example what the sources export', async () => {
    const imports = [...readme.matchAll(/^import \{ (.+) \} from '\.\/(.+)';$/gm)];
    expect(imports.length).toBeGreaterThan(0);
    for (const [, names = '', file = ''] of imports) {
      const module = (await import(path.join(root, file))) as object;
      expect(Object.keys(module)).toEqual(expect.arrayContaining(names.split(', ')));
    }
  });
});

describe('the recipes', () => {
  const source = read('test/deploy/recipes.ts');

  it('quote the code that is deployed and run, and leave none of it out', () => {
    const quoted = [...read('docs/recipes.md').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
    expect(quoted.length).toBeGreaterThan(3);
    const [, afterTitle] = source.split(/^\/\*\* The recipes .*\n/m);
    expect(quoted.join('\n')).toBe(afterTitle);
  });
});

describe('the documentation of errors', () => {
  const codes = [...failureCodes, ...abandonmentCodes];

  it('says of every code how it ends and what to do', () => {
    const told = errorRows(readme).map(([code, status, advice]) => [
      code,
      status,
      (advice ?? '').length > 10,
    ]);
    const expected = codes.map((code) => [
      `\`${code}\``,
      failureCodes.some((failure) => failure === code) ? 'failed' : 'abandoned',
      true,
    ]);
    expect(told).toEqual(expected);
  });

  it('quotes every sentence as it stands in the record', () => {
    expect(errorRows(design).map(([code, , sentence]) => [code, sentence])).toEqual(
      codes.map((code) => [`\`${code}\``, detectionError(code).message]),
    );
  });
});

describe('the documentation of settings', () => {
  it('names every environment variable that the code reads, and no other', () => {
    const sources = ['functions', 'client', 'cli', 'local', 'infra'].flatMap((folder) =>
      filesIn(folder, '.ts'),
    );
    const variables = sources.flatMap((file) =>
      matches(read(file), /(?:environment|process\.env)\['([A-Z_]+)'\]/g),
    );
    const expected = sorted([
      ...variables,
      ...Object.keys(PollEnv.shape),
      ...Object.keys(SweepEnv.shape),
      ...Object.keys(ApiEnv.shape),
      ...Object.keys(DeliverEnv.shape),
    ]);
    expect(namesIn(section(readme, 'Environment variables'))).toEqual(expected);
  });

  it('names every context key and every prop of the stack, and no other', () => {
    const [context = '', props = ''] = section(readme, 'Settings of the stack').split(
      'In an app of your own',
    );
    expect(namesIn(context)).toEqual(fieldsOf('infra/config.ts', 'const Context = z.strictObject({'));
    const [ofProps = ''] = props.split('The outputs of the stack');
    expect(namesIn(ofProps)).toEqual(
      fieldsOf('infra/props.ts', 'export interface FaceDetectionPollerProps {'),
    );
  });

  it('names every output of the stack, and no other', () => {
    const [, outputs = ''] = section(readme, 'Settings of the stack').split('The outputs of the stack');
    expect(namesIn(outputs)).toEqual(matches(read('infra/stack.ts'), /new CfnOutput\(this, '(\w+)'/g));
  });
});

describe('the documentation of the HTTP API', () => {
  const text = section(readme, 'HTTP API');

  it('names every operation, and no other', () => {
    const operations = Object.values(routes).map((route) => `${route.method} ${route.path}`);
    expect(namesIn(text)).toEqual(sorted(operations));
  });

  it('says how long a body may be', () => {
    expect(text).toContain(`at most ${maxRequestBytes / 1_024} KB`);
  });
});

describe('the documentation of the command line', () => {
  const source = filesIn('cli', '.ts').map(read).join('\n');
  const text = section(readme, 'Command line');

  it('names every verb and every option, and no other', () => {
    const told = namesIn(text);
    expect(matches(told.join('\n'), /^([a-z][a-z-]*)/gm)).toEqual(matches(source, /\.command\('([\w-]+)/g));
    expect(matches(told.join('\n'), /^(--[a-z-]+)/gm)).toEqual(matches(source, /\.option\('(--[a-z-]+)/g));
  });

  it('says what every exit code means', () => {
    const told = rowsOf(text).map(([code]) => code ?? '');
    expect(told.filter((code) => /^\d+$/.test(code))).toEqual(Object.values(exitCode).map(String));
  });
});

describe('the documentation of the record', () => {
  const shown = fieldsOf('functions/detection/types.ts', 'export interface Detection {');
  const stored = fieldsOf('functions/records/item.ts', 'export interface Head extends Detection {');

  it('names every attribute that readers see, and no other', () => {
    expect(namesIn(section(readme, 'The record'))).toEqual(shown);
  });

  it('names every attribute that is stored, and the indexes', () => {
    const told = namesIn(section(design, 'The record'));
    const names = [...shown, ...stored, 'forgotten_at', byStatus.indexName, due.indexName];
    expect(told).toEqual(sorted(names));
  });
});

describe('the design', () => {
  it('quotes every number of the policy', () => {
    const tables = section(design, 'The decision').split('Every number')[1] ?? '';
    const [standard = [], express = []] = tables.split('[Express differs]').map((table) =>
      rowsOf(table)
        .filter(([name]) => name?.startsWith('`'))
        .map(([name = '', value = '']) => [name.replaceAll('`', ''), Number(value.replaceAll(',', ''))]),
    );
    expect(standard).toEqual(Object.entries(standardPolicy));
    const differing = Object.entries(expressPolicy).filter(
      ([name, value]) => standardPolicy[name as keyof Policy] !== value,
    );
    expect(express).toEqual(differing);
  });

  it('quotes the bounds of an answer and of a hint', () => {
    expect(design).toContain(`reads at most ${maxBodyBytes / 1_024 ** 2} MiB`);
    expect(design).toContain(`cut at ${maxHintMs / 60_000} minutes`);
  });

  it('names every state, and its type', () => {
    const { States } = JSON.parse(read('infra/snapshots/workflow-express.asl.json')) as {
      States: Record<string, { Type: string }>;
    };
    const table = section(design, 'The workflow').split('"Not yet"')[0] ?? '';
    const told = rowsOf(table).filter(([name]) => name?.startsWith('`'));
    const states = told.map(([name = '', type]) => `${name.replaceAll('`', '')}: ${type}`);
    expect(sorted(states)).toEqual(
      sorted(Object.entries(States).map(([name, { Type }]) => `${name}: ${Type}`)),
    );
  });

  it('defines every metric', () => {
    const table = rowsOf(section(design, 'Logs and metrics')).filter(([name]) => name?.startsWith('`'));
    expect(table.map(([name, unit, by]) => [name, unit, by])).toEqual(
      Object.values(metrics).map((metric) => [
        `\`${metric.name}\``,
        metric.unit,
        'by' in metric ? `\`${metric.by.dimension}\`` : 'none',
      ]),
    );
  });

  it('names every field of the state that is carried', () => {
    expect(namesIn(section(design, 'The state that is carried'))).toEqual(
      sorted(Object.keys(PollState.shape)),
    );
  });
});
