/** Lists every permission of a template, one per line, and judges each on its own. */
import { isObject, listOf, render } from '../../infra/references.ts';
import { networkInterfaceActions } from '../../infra/runtime.ts';
import type { Finding } from './finding.ts';
import { at, type Resource, type Template } from './template.ts';

interface Permission {
  /** The role, or the resource with a policy of its own. */
  readonly holder: string;
  readonly effect: string;
  readonly action: string;
  /** Absent in the policy of a resource. */
  readonly resource?: string;
  /** Absent in the policy of a role. */
  readonly principal?: string;
  readonly condition?: string;
}

/** By holder, one sentence per permission. */
export type Permissions = Readonly<Record<string, string[]>>;

/** The resources that cannot be written without a wildcard. */
const wide: readonly { actions: RegExp; resource: RegExp }[] = [
  // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
  {
    actions:
      /^logs:((Create|Get|Update|Delete)LogDelivery|ListLogDeliveries|(Put|Describe)ResourcePolic(y|ies)|DescribeLogGroups)$/,
    resource: /^\*$/,
  },
  { actions: /^xray:(PutTraceSegments|PutTelemetryRecords|GetSampling(Rules|Targets))$/, resource: /^\*$/ },
  { actions: new RegExp(`^(${networkInterfaceActions.join('|')})$`), resource: /^\*$/ },
  // An execution is named when it starts, so all executions of one state machine are the narrowest resource.
  { actions: /^states:(Describe|Stop)Execution$/, resource: /:execution:\$\{\w+\.Name\}:\*$/ },
  // Pictures are named by their bytes, below one folder of the archive's bucket.
  { actions: /^s3:(Get|Put|Delete)Object$/, resource: /Bucket\w+\.Arn\}\/faces\/\*$/ },
  // The ARN of a secret that was imported by name lacks its six random characters.
  { actions: /^secretsmanager:GetSecretValue$/, resource: /:secret:[^*?]+-\?{6}$/ },
];

export function permissionsOf(template: Template): Permissions {
  const lines: Record<string, string[]> = {};
  for (const permission of permissionsIn(template)) (lines[permission.holder] ??= []).push(line(permission));
  const holders = Object.entries(lines).map(([holder, all]) => [holder, all.toSorted()] as const);
  return Object.fromEntries(holders.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const line = ({ effect, action, resource, principal, condition }: Permission): string => {
  const on = resource === undefined ? '' : ` on ${resource}`;
  const by = principal === undefined ? '' : ` by ${principal}`;
  const where = condition === undefined ? '' : ` where ${condition}`;
  return `${effect} ${action}${on}${by}${where}`;
};

export function judgePermissions(template: Template): Finding[] {
  const findings: Finding[] = [];
  for (const permission of permissionsIn(template)) {
    const { holder, effect, action, resource = '', principal, condition } = permission;
    if (effect !== 'Allow') continue;
    const add = (rule: string, message: string): void => {
      findings.push({ rule, at: holder, message: `${message}: ${line(permission)}` });
    };
    if (action.includes('*')) add('wide-action', 'allows actions by a wildcard');
    if (/[*?]/.test(resource) && !wide.some((w) => w.actions.test(action) && w.resource.test(resource)))
      add('wide-resource', 'allows an action on resources by a wildcard');
    if (principal?.includes('*') && condition === undefined)
      add('any-principal', 'allows it to any principal');
  }
  for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
    if (Type === 'AWS::IAM::Role' && at(Properties, 'ManagedPolicyArns') !== undefined)
      findings.push({
        rule: 'managed-policy',
        at: id,
        message: 'has a managed policy, which this stack does not control',
      });
  }
  return findings;
}

function* permissionsIn({ Resources }: Template): Generator<Permission> {
  for (const [id, resource] of Object.entries(Resources)) {
    for (const holder of holdersOf(id, resource)) {
      for (const statement of statementsIn(resource.Properties)) yield* spread(holder, statement);
      if (resource.Type === 'AWS::Lambda::Permission') yield invocation(holder, resource.Properties);
    }
  }
}

/** The roles of an attached policy; for any other resource, the resource itself. */
const holdersOf = (id: string, { Type, Properties }: Resource): string[] =>
  /^AWS::IAM::(Managed)?Policy$/.test(Type)
    ? ['Roles', 'Users', 'Groups'].flatMap((kind) =>
        listOf(at(Properties, kind)).map((holder) => render(holder).replace(/^\$\{(.*)\}$/, '$1')),
      )
    : [id];

/** The statements of every policy document in a resource, under any property. */
function* statementsIn(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (name === 'Statement') yield* listOf(inner).filter(isObject);
    else yield* statementsIn(inner);
  }
}

function* spread(holder: string, statement: Record<string, unknown>): Generator<Permission> {
  const { Effect, Condition } = statement;
  // An exclusion allows everything else without naming it.
  const except = (name: string): string[] => listOf(statement[name]).map((value) => `* but ${render(value)}`);
  const actions = [...listOf(statement['Action']).map(render), ...except('NotAction')];
  const resources = [...listOf(statement['Resource']).map(render), ...except('NotResource')];
  const principals = [...principalsOf(statement['Principal']), ...except('NotPrincipal')];
  for (const action of actions)
    for (const resource of resources.length === 0 ? [undefined] : resources)
      for (const principal of principals.length === 0 ? [undefined] : principals)
        yield {
          holder,
          effect: String(Effect),
          action,
          ...(resource !== undefined && { resource }),
          ...(principal !== undefined && { principal }),
          ...(Condition !== undefined && { condition: conditionOf(Condition) }),
        };
}

const principalsOf = (principal: unknown): string[] =>
  isObject(principal)
    ? Object.values(principal).flatMap((value) => listOf(value).map(render))
    : listOf(principal).map(render);

/** `Operator key value`, joined by `and`. */
const conditionOf = (condition: unknown): string =>
  Object.entries(isObject(condition) ? condition : {})
    .flatMap(([operator, keys]) =>
      Object.entries(isObject(keys) ? keys : {}).map(
        ([key, value]) => `${key} ${operator} ${listOf(value).map(render).join(' or ')}`,
      ),
    )
    .join(' and ');

function invocation(holder: string, properties: Resource['Properties']): Permission {
  const { Action, FunctionName, Principal, SourceArn, SourceAccount } = properties ?? {};
  const source = SourceArn ?? SourceAccount;
  return {
    holder,
    effect: 'Allow',
    action: render(Action),
    resource: render(FunctionName),
    principal: render(Principal),
    ...(source !== undefined && { condition: `the source is ${render(source)}` }),
  };
}
