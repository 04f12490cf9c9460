import { join } from 'node:path';

import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

import packageJson from '../../../package.json' with { type: 'json' };
import { describe as tell, isObjection } from '../../../tools/audit/finding.ts';
import { compareIamSnapshots } from '../../../tools/audit/iam-snapshot.ts';
import { judge, judgeDefinition } from '../../../tools/audit/judges.ts';
import { judgeByLanguageService } from '../../../tools/audit/language-service.ts';
import { type Excuses, unless } from '../../../tools/audit/linter.ts';
import { judged, linters } from '../../../tools/audit/linters.ts';
import { shapes, synthesise } from '../../../tools/audit/shapes.ts';
import { findPython } from '../../../tools/python.ts';

const finding = { rule: 'W1', at: 'Table', message: 'is wide' };

const read = (linter: string, answer: unknown) =>
  linters.find(({ name }) => name === linter)?.read(JSON.stringify(answer));

describe('the audit', () => {
  it('agrees with every shape of the stack', async () => {
    // Where only the IAM snapshot objects: `npm run snapshot`, then review what changed.
    const verdicts = await judge(shapes.map(synthesise));
    expect(
      verdicts.flatMap(({ judge: name, findings }) => findings.map((one) => ({ name, ...one }))),
    ).toEqual([]);
    // Some seconds of work, which a busy machine stretches.
  }, 120_000);

  it('tells once what is wrong in several shapes', async () => {
    const shape = { name: 'bare', props: () => ({ pointInTimeRecovery: false }) };
    const verdicts = await judge(
      [shape, { ...shape, name: 'bare too' }, ...shapes.slice(0, 1)].map(synthesise),
    );
    const at = expect.stringMatching(/^bare, bare too: PollerTable/) as string;
    expect(verdicts.find(({ judge: name }) => name === 'assertions')?.findings).toMatchObject([
      { rule: 'point-in-time-recovery', at },
    ]);
  }, 120_000);

  it('is nothing that a deployment loads', async () => {
    const { metafile } = await build({
      entryPoints: [join(import.meta.dirname, '../../../infra/app.ts')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      write: false,
      metafile: true,
    });
    expect(Object.keys(metafile.inputs).filter((file) => file.includes('audit'))).toEqual([]);
    const packages = Object.values(metafile.inputs)
      .flatMap(({ imports }) => imports)
      .filter(({ path, external }) => external === true && !path.startsWith('node:'))
      .map(({ path }) =>
        path
          .split('/')
          .slice(0, path.startsWith('@') ? 2 : 1)
          .join('/'),
      );
    expect(packages).not.toEqual([]);
    const shipped = { ...packageJson.dependencies, ...packageJson.peerDependencies };
    const others = packages.filter((name) => !Object.hasOwn(shipped, name) && name !== packageJson.name);
    expect(others).toEqual([]);
  });
});

describe('the IAM snapshot', () => {
  it('shows every permission that was added or taken away', () => {
    const reviewed = { default: { Role: ['Allow a on ${Table}', 'Allow b on ${Table}'] } };
    const actual = { default: { Role: ['Allow a on ${Table}', 'Allow a on *'] } };
    expect(compareIamSnapshots(reviewed, actual)).toMatchObject([
      { at: 'default: Role: Allow a on *', message: expect.stringContaining('review') as string },
      { at: 'default: Role: Allow b on ${Table}', message: expect.stringContaining('is only in') as string },
    ]);
  });
});

describe('asl-validator', () => {
  it('objects to a definition that leads nowhere', () => {
    const DefinitionString = JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B' } } });
    const Machine = { Type: 'AWS::StepFunctions::StateMachine', Properties: { DefinitionString } };
    expect(judgeDefinition({ Resources: { Machine } })).toMatchObject([{ rule: 'states-language' }]);
  });
});

const lint = (excuses: Excuses, finds: string[] = []) => ({ name: 'lint', excuses, finds });

describe('the linters', () => {
  it('are silent about what is excused, and show the reason', () => {
    expect(judged(lint({ W1: 'it is' }), [finding])).toEqual({
      judge: 'lint',
      findings: [],
      excused: ['W1: it is'],
    });
  });

  it('object to what is not excused, and to an excuse that nothing needs', () => {
    expect(judged(lint({ W2: 'it is' }), [finding]).findings).toMatchObject([{ rule: 'W1' }, { rule: 'W2' }]);
  });

  it('object where a setting is said to obey a rule and does not', () => {
    const verdict = judged(lint({ W1: unless('logKey', 'it is') }), [
      finding,
      { ...finding, at: 'for-an-organisation.json: Table' },
    ]);
    expect(verdict.findings).toMatchObject([{ at: 'for-an-organisation.json: Table' }]);
    expect(verdict.excused).toEqual(['W1: it is; `logKey` obeys it']);
  });

  it('are not believed where they miss a planted fault, and silent about those that they find', () => {
    const planted = { ...finding, at: 'planted-faults.json: Queue' };
    expect(judged(lint({}, ['W1']), [planted]).findings).toEqual([]);
    expect(judged(lint({}, ['W1', 'W2']), [planted]).findings).toMatchObject([
      { rule: 'W2', at: 'planted-faults.json' },
    ]);
  });

  it('each have a planted fault to find', () => {
    expect(linters.filter(({ finds }) => finds.length === 0)).toEqual([]);
  });

  it("tell a finding of Control Tower's by rule, file and resource, once", () => {
    const path = { path: '/Resources/Queue/Properties' };
    const custom_message = '\n [CT.SQS.PR.2]: Require encryption\n [FIX]: Encrypt';
    const answer = [{ name: '/tmp/default.json', not_compliant: [{ custom_message, checks: [path, path] }] }];
    expect(read('control tower', answer)).toEqual([
      { rule: 'CT.SQS.PR.2', at: 'default.json: Queue', message: 'Require encryption' },
    ]);
  });

  it('tell a finding of cfn-lint by rule, file and path', () => {
    const answer = [
      {
        Filename: 'default.json',
        Message: 'is obsolete',
        Rule: { Id: 'W3005' },
        Location: { Path: ['Resources', 'Role', 'DependsOn', 1] },
      },
    ];
    expect(read('cfn-lint', answer)).toEqual([
      { rule: 'W3005', at: 'default.json: Resources.Role.DependsOn.1', message: 'is obsolete' },
    ]);
  });

  it('tell a finding of checkov by rule, file and resource', () => {
    const failed_checks = [
      { check_id: 'CKV_1', check_name: 'Ensure it', file_path: '/default.json', resource: 'Type.Table' },
    ];
    const answer = { results: { failed_checks }, summary: { passed: 1, parsing_errors: 0 } };
    expect(read('checkov', answer)).toEqual([
      { rule: 'CKV_1', at: 'default.json: Type.Table', message: 'Ensure it' },
    ]);
  });

  it.each([
    ['nothing', { passed: 0, failed: 0, parsing_errors: 0 }],
    [
      'an answer without checks',
      { results: { failed_checks: [] }, summary: { passed: 0, parsing_errors: 0 } },
    ],
    ['a file unread', { results: { failed_checks: [] }, summary: { passed: 9, parsing_errors: 1 } }],
  ])('are not believed where checkov has %s', (_what, answer) => {
    expect(() => read('checkov', answer)).toThrow('checkov could not read the templates');
  });
});

describe('a verdict', () => {
  it('is an objection where something was found', () => {
    expect(isObjection({ judge: 'lint', findings: [finding] }, false)).toBe(true);
    expect(isObjection({ judge: 'lint', findings: [], excused: ['W1: it is'] }, true)).toBe(false);
  });

  it('is one too where a judge was skipped, but on a machine of CI only', () => {
    const verdict = { judge: 'lint', findings: [], skipped: 'there is no Python' };
    expect([isObjection(verdict, false), isObjection(verdict, true)]).toEqual([false, true]);
    expect(tell(verdict)).toContain('skipped: there is no Python');
  });

  it('is told in a line for each finding', () => {
    expect(tell({ judge: 'lint', findings: [finding] })).toBe(
      'lint           finds 1\n  ✗ W1 · Table · is wide',
    );
  });
});

describe('the language service', () => {
  it('says that it was skipped where it cannot be fetched', async () => {
    expect(await judgeByLanguageService([], false)).toMatchObject({
      findings: [],
      skipped: expect.stringContaining('npm') as string,
    });
  });
});

describe('the Python environment', () => {
  it('is not made where there is no Python to make it with', async () => {
    expect(await findPython(['no-python-of-this-name', 'false'])).toBeUndefined();
  });
});
