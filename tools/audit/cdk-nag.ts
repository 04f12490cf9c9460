import { type Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';

import { isObject } from '../../infra/references.ts';
import type { Finding } from './finding.ts';

/** A rule that is known not to hold, beside the construct that it is about. */
export interface Acknowledgement {
  readonly rule: string;
  /** The construct, and with it everything inside. */
  readonly at: string;
  readonly reason: string;
}

/** `Validations.acknowledge` keeps an id without the pack's name as one of its own. */
const packs = { own: 'AwsSolutions::', none: 'Annotation::' };

/**
 * Holds cdk-nag's AwsSolutions rules against a synthesised stack. They are run here and not as a plugin of the app,
 * which would put cdk-nag between every user and their deployment.
 */
export function judgeByCdkNag(stack: Stack): { findings: Finding[]; acknowledgements: Acknowledgement[] } {
  const acknowledgements = acknowledgementsIn(stack);
  const raw = rawFindings(stack);
  const covers = ({ rule, at }: Acknowledgement, finding: Finding): boolean =>
    rule === finding.rule && `${finding.at}/`.startsWith(`${at}/`);
  const idle = acknowledgements
    .filter((one) => !raw.some((finding) => covers(one, finding)))
    .map(({ rule, at }) => ({ rule, at, message: 'is acknowledged where the rule holds' }));
  return {
    findings: [...raw.filter((finding) => !acknowledgements.some((one) => covers(one, finding))), ...idle],
    acknowledgements,
  };
}

/** The pack itself honours ids without its name only, so that this is everything it sees. */
function rawFindings(stack: Stack): Finding[] {
  const { violations } = new AwsSolutionsChecks(stack).validateScope(stack);
  return violations.flatMap(({ ruleName, description, violatingResources }) =>
    violatingResources.map(({ constructPath = stack.node.path }) => ({
      rule: ruleName,
      at: constructPath,
      message: description,
    })),
  );
}

function acknowledgementsIn(stack: Stack): Acknowledgement[] {
  return stack.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(isObject(data) ? data : {}))
      .map(([id, reason]) => {
        if (id.startsWith(`${packs.none}AwsSolutions-`))
          throw new Error(`${node.path} acknowledges ${id}; write it with its pack: ${packs.own}…`);
        return { rule: id.replace(packs.own, ''), at: node.path, reason: String(reason) };
      }),
  );
}
