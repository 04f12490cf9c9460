/**
 * Clients that others' programs generate from the document of the HTTP API: both validators find it valid, a program that
 * sends each documented field compiles, and what it sends arrives.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { beforeAll, describe, expect, inject, it } from 'vitest';

import { firstLine } from '../support/cli.ts';
import { root } from '../support/folders.ts';
import { useMachine } from '../support/one-machine.ts';

const run = promisify(execFile);
const document = path.join(root, 'docs', 'openapi.json');
const programs = path.join(import.meta.dirname, 'clients');
const { npm, python } = inject('generators');
const generated = path.join(npm, 'generated');
const pythonClient = path.join(generated, 'face_detection_poller_client');
/** Its formatter is beside the generator. */
const env = { ...process.env, PATH: `${python}${path.delimiter}${process.env['PATH']}` };

type Seen = Record<string, { status: number; body: Record<string, unknown> | null; isRead?: boolean }>;

async function generate(): Promise<string> {
  await rm(generated, { recursive: true, force: true });
  await mkdir(generated, { recursive: true });
  await run(path.join(npm, 'node_modules/.bin/openapi-typescript'), [
    document,
    '--output',
    path.join(generated, 'api.d.ts'),
  ]);
  const options = ['--path', document, '--output-path', pythonClient, '--meta', 'none'];
  const { stdout, stderr } = await run(path.join(python, 'openapi-python-client'), ['generate', ...options], {
    env,
  });
  return stdout + stderr;
}

async function compile(program: string): Promise<string> {
  const options = {
    module: 'nodenext',
    target: 'es2024',
    strict: true,
    noEmitOnError: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [path.join(root, 'node_modules/@types')],
  };
  await writeFile(path.join(generated, 'package.json'), '{"type": "module"}');
  await writeFile(path.join(generated, 'program.ts'), program);
  const config = JSON.stringify({ compilerOptions: options, files: ['program.ts'] });
  await writeFile(path.join(generated, 'tsconfig.json'), config);
  return run(path.join(npm, 'node_modules/.bin/tsc'), ['-p', generated]).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
}

describe('a client that is generated', { timeout: 120_000 }, () => {
  const machine = useMachine();
  let said = '';
  beforeAll(async () => {
    said = await generate();
  }, 120_000);

  it('comes from a document that another validator finds valid', async () => {
    const { stdout } = await run(path.join(python, 'openapi-spec-validator'), [document]);
    expect(stdout).toContain('OK');
  });

  it('has every operation; lines of JSON are the one kind of answer that a generator leaves out', () => {
    const leftOut = said.match(/Cannot parse .*?Unsupported content_type ([\w/+-]+)/gs) ?? [];
    expect(leftOut).toHaveLength(3);
    expect(said.match(/^WARNING parsing (.+) within/gm)).toEqual([
      'WARNING parsing POST /detections/actions/retry within',
      'WARNING parsing POST /detections/actions/cancel within',
      'WARNING parsing POST /detections/actions/redeliver within',
    ]);
  });

  it('compiles with each documented field, and not without one', async () => {
    const program = await readFile(path.join(programs, 'program.ts.txt'), 'utf8');
    expect(await compile(program.replace('deadline_seconds: 60', 'deadline_second: 60'))).toContain(
      "Property 'deadline_seconds' is missing",
    );
    expect(await compile(program)).toBe('');
  });

  it.each(['TypeScript', 'Python'])(
    'sends each documented field, and reads the answers: %s',
    async (language) => {
      const { stdout: inputs } = await run(process.execPath, [path.join(generated, 'program.js')]);
      const id = `generated-${language}`;
      const { ExecutionInput, DetectInput } = JSON.parse(inputs) as Record<string, object>;
      const sent = { ...ExecutionInput, detect_task_id: id };
      machine.simulator.submit([{ step: 'succeeded', faces: 2 }], id);
      const serving = machine.start(['serve', '--json']);
      const { url, token } = JSON.parse(await firstLine(serving)) as { url: string; token: string };
      await copyFile(path.join(programs, 'program.py'), path.join(generated, 'program.py'));
      const ran =
        language === 'TypeScript'
          ? await run(process.execPath, [
              path.join(generated, 'program.js'),
              url,
              token,
              JSON.stringify(sent),
            ])
          : await run(
              path.join(python, 'python'),
              [
                path.join(generated, 'program.py'),
                url,
                token,
                JSON.stringify({
                  ExecutionInput: sent,
                  DetectInput: { ...DetectInput, idempotency_key: 'generated-again' },
                }),
              ],
              { env: { ...env, PYTHONPATH: generated } },
            );
      serving.child.kill('SIGKILL');
      await serving.ended;
      const seen = JSON.parse(ran.stdout) as Seen;
      expect(
        Object.fromEntries(Object.entries(seen).map(([name, { status }]) => [name, status])),
      ).toMatchObject({
        start: 202,
        submit: 202,
        get: 200,
        list: 200,
        face: 404,
        rate: 200,
        retry: expect.any(Number) as number,
        redeliver: 404,
        rejected: 400,
        many: 200,
        forget: 204,
      });
      expect(seen['get']?.body).toMatchObject(sent);
      expect(Object.values(seen).filter(({ isRead }) => isRead === false)).toEqual([]);
    },
  );
});
