import { type Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';

import { isObject } from '../../infra/references.ts';
import type { Finding } from './finding.ts';

/** A rule that a construct breaks on purpose. */
export interface Acknowledgement {
  readonly rule: string;
  /** The construct; applies to everything inside it. */
  readonly at: string;
  readonly reason: string;
}

/** `Validations.acknowledge` files an id without a pack's name under `Annotation`. */
const packs = { own: 'AwsSolutions::', none: 'Annotation::' };

/**
 * Checks a synthesised stack against cdk-nag's AwsSolutions rules. They run here and not as a plugin of the app, so that
 * a deployment does not depend on cdk-nag.
 */
export function judgeByCdkNag(stack: Stack): { findings: Finding[]; acknowledgements: Acknowledgement[] } {
  const acknowledgements = acknowledgementsIn(stack);
  const raw = rawFindings(stack);
  const covers = ({ rule, at }: Acknowledgement, finding: Finding): boolean =>
    rule === finding.rule && `${finding.at}/`.startsWith(`${at}/`);
  const idle = acknowledgements
    .filter((one) => !raw.some((finding) => covers(one, finding)))
    .map(({ rule, at }) => ({ rule, at, message: 'is acknowledged, but nothing breaks the rule' }));
  return {
    findings: [...raw.filter((finding) => !acknowledgements.some((one) => covers(one, finding))), ...idle],
    acknowledgements,
  };
}

/** The pack honours only ids without its name, so this returns every violation. */
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
