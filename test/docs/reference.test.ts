/** What the reference pages list is what the sources define. */
import { describe, expect, it } from 'vitest';

import { exitCode } from '../../cli/exit-code.ts';
import { ApiEnv } from '../../functions/api/env.ts';
import { maxBodyBytes } from '../../functions/api/input.ts';
import { listLimit, routeList } from '../../functions/api/routes.ts';
import { ArchiveEnv } from '../../functions/archive/env.ts';
import { AuthorizeEnv } from '../../functions/authorize/env.ts';
import { ExecutionInput } from '../../functions/detection/input.ts';
import { deliveryStates } from '../../functions/detection/types.ts';
import { detailTypes, EventDetail } from '../../functions/notify/event.ts';
import { DeliverEnv } from '../../functions/notify/webhook/env.ts';
import { outputs } from '../../functions/outputs.ts';
import { PollEnv } from '../../functions/poll/env.ts';
import { byStatus, due } from '../../functions/records/table.ts';
import { SubmitEnv } from '../../functions/submit/env.ts';
import { DetectInput } from '../../functions/submit/input.ts';
import { SweepEnv } from '../../functions/sweep/env.ts';
import { contextKeys } from '../../infra/config.ts';
import { regenerated } from '../../tools/tables.ts';
import { fieldsOf, filesIn, matches, namesInColumn, namesInList, read, section, sorted } from './pages.ts';

const settings = read('docs/settings.md');
const record = read('docs/record.md');
const httpApi = read('docs/http-api.md');
const commandLine = read('docs/command-line.md');

describe('the settings', () => {
  it('are every context key and every prop of the construct', () => {
    const text = section(settings, 'The stack');
    expect(namesInColumn(text, 0)).toEqual(sorted(contextKeys));
    expect(namesInColumn(text, 1)).toEqual(
      fieldsOf('infra/props.ts', 'export interface FaceDetectionPollerProps {'),
    );
  });

  it('are every output of the stack', () => {
    expect(namesInList(section(settings, 'Its outputs'))).toEqual(sorted(Object.keys(outputs)));
  });

  it('are every environment variable that the code reads', () => {
    const sources = ['functions', 'client', 'cli', 'local', 'infra', 'tools'].flatMap((folder) =>
      filesIn(folder, '.ts'),
    );
    const variables = sources.flatMap((file) =>
      matches(read(file), /(?:(?:environment|process\.env)\[|flag\(environment, )'([A-Z_]+)'/g),
    );
    const schemas = [PollEnv, SubmitEnv, SweepEnv, ApiEnv, AuthorizeEnv, DeliverEnv, ArchiveEnv];
    const ofFunctions = schemas.flatMap(({ shape }) => Object.keys(shape));
    expect(namesInList(section(settings, 'Environment variables'))).toEqual(
      sorted([...variables, ...ofFunctions]),
    );
  });
});

describe('the HTTP API', () => {
  it('has every operation', () => {
    const operations = Object.values(routeList).map((route) => `${route.method} ${route.path}`);
    expect(namesInColumn(section(httpApi, 'Operations'), 0)).toEqual(sorted(operations));
  });

  it('has its limits', () => {
    expect(httpApi).toContain(`at most ${maxBodyBytes / 1_024} KB`);
    expect(httpApi).toContain(`1 to ${listLimit.max}, default ${listLimit.default}`);
  });
});

describe('the command line', () => {
  const source = filesIn('cli', '.ts').map(read).join('\n');

  it('has every verb', () => {
    const documented = namesInList(section(commandLine, 'Verbs')).map((name) => name.split(' ')[0] ?? '');
    expect(sorted(documented)).toEqual(matches(source, /\.command\('([\w-]+)/g));
  });

  it('has every option', () => {
    const documented = namesInList(section(commandLine, 'Options')).map((name) => name.split(' ')[0] ?? '');
    expect(sorted(documented)).toEqual(matches(source, /\.option\('(--[a-z-]+)/g));
  });

  it('has every exit code', () => {
    const text = section(commandLine, 'Exit codes');
    const documented = [...text.matchAll(/^- (\d+): ./gm)].map(([, code]) => Number(code));
    expect(documented).toEqual(Object.values(exitCode));
  });
});

describe('the record', () => {
  it('has the tables of the code', () => {
    // Where they differ: `npm run snapshot`, then review what changed.
    expect(record).toBe(regenerated('docs/record.md', record));
  });

  it('has the attribute of a tombstone, and the indexes', () => {
    expect(section(record, 'Internal attributes')).toContain('`forgotten_at`');
    expect(namesInColumn(section(record, 'Indexes'), 0)).toEqual(sorted([byStatus.indexName, due.indexName]));
  });

  it('has every state of a delivery', () => {
    for (const state of deliveryStates) expect(section(record, 'Attributes')).toContain(`\`${state}\``);
  });

  it('begins with the input of an execution', () => {
    expect(namesInList(section(record, 'Input'))).toEqual(sorted(Object.keys(ExecutionInput.shape)));
  });

  it('has the input of a submission', () => {
    expect(namesInList(section(record, 'Submission'))).toEqual(
      sorted(Object.keys(DetectInput.shape).filter((name) => !(name in ExecutionInput.shape))),
    );
  });

  it('is published as the event shown', () => {
    const text = section(record, 'Events');
    const [, json = ''] = /```json\n(.*?)```/s.exec(text) ?? [];
    const event = JSON.parse(json) as { 'detail-type': string; detail: object };
    expect(EventDetail.parse(event.detail)).toEqual(event.detail);
    expect(text).toContain(`\`${detailTypes.settled}\``);
    expect(text).toContain(`\`${detailTypes.abandoned}\``);
    expect(event['detail-type']).toBe(detailTypes.settled);
  });
});
