import { Readable } from 'node:stream';

import { describe, expect, it } from 'vitest';

import manifest from '../../../package.json' with { type: 'json' };
import { backendWith, run } from '../../support/cli-in-process.ts';

/** Runs a command line that must not get as far as opening anything. */
const refused = (args: readonly string[], stdin = '') => run(args, { stdin: Readable.from([stdin]) });

describe('the command line', () => {
  it.each<[string, string[], RegExp, string?]>([
    ['an empty id', ['start', ''], /^detect_task_id: must be 1 to 64 /],
    ['an id of 65 letters', ['start', 'a'.repeat(65)], /^detect_task_id: must be 1 to 64 /],
    ['a path for an id', ['get', '../x'], /^detect_task_id: must be 1 to 64 /],
    ['an id with a space', ['start', 'a b'], /^detect_task_id: must be 1 to 64 /],
    ['no id', ['start'], /^error: missing required argument/],
    ['an empty standard input', ['start', '-'], /^detect_task_id: is required/, '\n\n'],
    [
      'one bad id among good ones',
      ['start', '-'],
      /^detect_task_id: .* not "b c" \(line 2 of /,
      'a\nb c\nd\n',
    ],
    ['an unknown option', ['start', 'a', '--colour'], /^error: unknown option '--colour'/],
    ['an unknown verb', ['begin', 'a'], /^error: unknown command 'begin'/],
    ['a verb that steers a terminal', ['\u001B[31mget'], /^error: unknown command '·\[31mget'/],
    ['a deadline that cannot be read', ['start', 'a', '--deadline', 'soon'], /^--deadline: must be a number/],
    ['a deadline of four seconds', ['start', 'a', '--deadline', '4s'], /^deadline_seconds: must be a whole/],
    ['a deadline beyond a day', ['start', 'a', '--deadline', '25h'], /^deadline_seconds: must be a whole/],
    ['metadata that are no JSON', ['start', 'a', '--metadata', '{'], /^--metadata: must be a JSON object/],
    [
      'metadata with a number that JSON readers round',
      ['start', 'a', '--metadata', '{"a":9007199254740993}'],
      /^metadata: must hold no number beyond 9007199254740991: write it as text/,
    ],
    ['metadata that are no object', ['start', 'a', '--metadata', '[1]'], /^metadata: must be a JSON object/],
    ['a media URL that is none', ['start', 'a', '--media-url', 'x'], /^media_url: must be an http or https/],
    ['an instant without a zone', ['start', 'a', '--submitted-at', '2026-11-22T12:00:00'], /^submitted_at: /],
    ['an unknown status', ['list', '--status', 'done'], /^--status: must be one of starting, /],
    [
      'a port beyond the last',
      ['listen', '--port', '65536'],
      /^--port: must be a whole number from 0 to 65535/,
    ],
    ['a port beyond all ports', ['serve', '--port', '65536'], /^--port: must be a whole number from 0 to/],
    ['a limit of none', ['list', '--limit', '0'], /^--limit: must be a whole number from 1 to 1000/],
  ])('rejects %s in one sentence before it opens anything', async (_what, args, sentence, stdin) => {
    const { code, stdout, stderr } = await refused(args, stdin);
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  it('knows its version, and names the verb that was meant', async () => {
    expect(await refused(['--version'])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
    expect((await refused(['strat', 'a'])).stderr).toContain('(Did you mean start?)');
  });

  it('helps with every verb by an example that it takes, and the environment', async () => {
    const { stdout } = await refused(['--help']);
    const [, commands = ''] = stdout.split('Commands:');
    const verbs = [...commands.matchAll(/^  (?!help)([a-z-]+)/gm)].map(([, verb = '']) => verb);
    expect(verbs).toHaveLength(20);
    for (const verb of verbs) {
      const { stdout: help } = await refused([verb, '--help']);
      // Completion reads nothing.
      expect(/\nEnvironment:\n  [A-Z_]+ +\w/.test(help)).toBe(verb !== 'completion');
      const [, example = ''] = /\nExample:\n  face-poller (.*)\n/.exec(help) ?? [];
      const given = example.replace(/ <.*/, '').split(' ');
      expect(given[0]).toBe(verb);
      expect((await refused(given, 'an-id')).code).not.toBe(1);
    }
  });

  it('says in a sentence what went wrong elsewhere', async () => {
    expect(await refused(['get', 'a'])).toEqual({
      code: 5,
      stdout: '',
      stderr: 'Error: something was opened\n',
    });
  });

  it('ends at once when it is interrupted, also where a service keeps it waiting', async () => {
    const controller = new AbortController();
    let closed = 0;
    const start = (): Promise<never> => {
      controller.abort();
      return new Promise(() => {});
    };
    const { code, stderr } = await run(['start', 'a', 'b'], {
      open: async () => backendWith({ start }, { close: async () => void closed++ }),
      signal: controller.signal,
    });
    expect({ code, closed }).toEqual({ code: 130, closed: 1 });
    expect(stderr).toMatch(/^Interrupted: the records stay as they are/m);
  });

  it.each([
    ['without a key', [], 'an --idempotency-key makes a repetition safe'],
    ['with a key', ['--idempotency-key', 'order-7'], 'repeat it with the same --idempotency-key'],
  ])('says what may have been submitted when it is interrupted: %s', async (_, options, advice) => {
    const controller = new AbortController();
    const detect = (): Promise<never> => {
      controller.abort();
      return new Promise(() => {});
    };
    const media = 'https://media.example/a.jpg';
    const { code, stderr } = await run(['detect', media, ...options], {
      open: async () => backendWith({ detect }),
      signal: controller.signal,
    });
    expect(code).toBe(130);
    expect(stderr).toContain(`${media}: may have been submitted all the same; ${advice}\n`);
  });
});
