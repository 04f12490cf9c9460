/** The judges: each checks every shape of the stack. */
import validate from 'asl-validator';

import { definitionOf } from '../../infra/definition.ts';
import { assertTemplate } from './assertions.ts';
import { type Acknowledgement, judgeByCdkNag } from './cdk-nag.ts';
import type { Finding, Verdict } from './finding.ts';
import { compareIamSnapshots, iamSnapshotOf, readIamSnapshot } from './iam-snapshot.ts';
import { judgePermissions } from './permissions.ts';
import type { Audited } from './shapes.ts';

/** Per stack: with more, exceptions have become the rule. */
const maxAcknowledgements = 9;

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

/** Merges the same finding in several shapes into one, with their names. */
function inEvery(audited: readonly Audited[], find: (one: Audited) => readonly Finding[]): Finding[] {
  const found = audited.flatMap((one) => find(one).map((finding) => ({ shape: one.name, ...finding })));
  const same = Map.groupBy(found, ({ rule, at, message }) => JSON.stringify([rule, at, message]));
  return [...same.values()].flatMap((all) =>
    all.slice(0, 1).map(({ rule, at, message }) => {
      const where = all.length === audited.length ? 'every shape' : all.map(({ shape }) => shape).join(', ');
      return { rule, at: `${where}: ${at}`, message };
    }),
  );
}

function cdkNag(audited: readonly Audited[]): Verdict {
  const verdicts = new Map(audited.map((one) => [one, judgeByCdkNag(one.stack)]));
  const findings = inEvery(audited, (one) => verdicts.get(one)?.findings ?? []);
  const acknowledged = new Set(
    [...verdicts.values()].flatMap(({ acknowledgements }) => acknowledgements.map(sentence)),
  );
  for (const [{ name }, { acknowledgements }] of verdicts) {
    const { size } = new Set(acknowledgements.map(sentence));
    if (size <= maxAcknowledgements) continue;
    const message = `${size} acknowledgements; at most ${maxAcknowledgements}`;
    findings.push({ rule: 'acknowledgements', at: name, message });
  }
  return { judge: 'cdk-nag', findings, excused: [...acknowledged] };
}

const sentence = ({ rule, at, reason }: Acknowledgement): string => `${rule} at ${at}: ${reason}`;

export function judgeDefinition(template: Audited['template']): Finding[] {
  // The validator modifies its argument; this is a copy.
  const { isValid, errorsText } = validate(definitionOf({ ...template }));
  return isValid ? [] : [{ rule: 'states-language', at: 'the definition', message: errorsText('; ') }];
}
