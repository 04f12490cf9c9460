/** The judges: each reads every shape of the stack by itself. */
import validate from 'asl-validator';

import { definitionOf } from '../definition.ts';
import { assertTemplate } from './assertions.ts';
import { type Acknowledgement, judgeByCdkNag } from './cdk-nag.ts';
import type { Finding, Verdict } from './finding.ts';
import { compareIamSnapshots, iamSnapshotOf, readIamSnapshot } from './iam-snapshot.ts';
import { judgePermissions } from './permissions.ts';
import type { Audited } from './shapes.ts';

/** With more, the exception has become the rule. */
const maxAcknowledgements = 6;

/** The judges that need nothing but npm. */
export async function judge(audited: readonly Audited[]): Promise<Verdict[]> {
  const snapshot = compareIamSnapshots(await readIamSnapshot(), iamSnapshotOf(audited));
  return [
    cdkNag(audited),
    { judge: 'asl-validator', findings: inEvery(audited, ({ template }) => judgeDefinition(template)) },
    { judge: 'assertions', findings: inEvery(audited, ({ template }) => assertTemplate(template)) },
    { judge: 'permissions', findings: inEvery(audited, ({ template }) => judgePermissions(template)) },
    { judge: 'iam snapshot', findings: snapshot },
  ];
}

function inEvery(audited: readonly Audited[], find: (one: Audited) => readonly Finding[]): Finding[] {
  return audited.flatMap((one) =>
    find(one).map((finding) => ({ ...finding, at: `${one.name}: ${finding.at}` })),
  );
}

function cdkNag(audited: readonly Audited[]): Verdict {
  const verdicts = audited.map(({ name, stack }) => ({ name, ...judgeByCdkNag(stack) }));
  const acknowledged = new Set(verdicts.flatMap(({ acknowledgements }) => acknowledgements.map(sentence)));
  const findings = verdicts.flatMap(({ name, findings: all }) =>
    all.map((finding) => ({ ...finding, at: `${name}: ${finding.at}` })),
  );
  if (acknowledged.size > maxAcknowledgements) {
    const message = `${acknowledged.size} acknowledgements; at most ${maxAcknowledgements}`;
    findings.push({ rule: 'acknowledgements', at: 'all shapes', message });
  }
  return { judge: 'cdk-nag', findings, excused: [...acknowledged] };
}

const sentence = ({ rule, at, reason }: Acknowledgement): string => `${rule} at ${at}: ${reason}`;

export function judgeDefinition(template: Audited['template']): Finding[] {
  // It writes into what it is given; this is a copy already.
  const { isValid, errorsText } = validate(definitionOf({ ...template }));
  return isValid ? [] : [{ rule: 'states-language', at: 'the definition', message: errorsText('; ') }];
}
