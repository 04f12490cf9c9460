/** The workflow's definition as Step Functions receives it, with the names of a deployment replaced by fixed ones. */
import * as z from 'zod/mini';

import type { WorkflowType } from '../functions/detection/types.ts';

/** Where the definitions are committed, in `infra/snapshots`. */
export const definitionFiles: Record<WorkflowType, string> = {
  STANDARD: 'workflow.asl.json',
  EXPRESS: 'workflow-express.asl.json',
};

interface Retrier {
  readonly ErrorEquals: string[];
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly MaxAttempts?: number;
  readonly JitterStrategy?: string;
}

interface Rule {
  readonly Next?: string;
  readonly StringEquals?: string;
}

export interface State {
  readonly Type: 'Task' | 'Choice' | 'Wait' | 'Pass' | 'Succeed' | 'Fail';
  readonly Next?: string;
  readonly Default?: string;
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly Choices?: readonly Rule[];
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly { ErrorEquals: string[]; Next: string; ResultPath?: string | null }[];
  readonly Parameters?: Record<string, unknown>;
}

export interface Definition {
  readonly StartAt: string;
  readonly TimeoutSeconds?: number;
  readonly States: Record<string, State>;
}

const Template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.optional(z.record(z.string(), z.unknown())) }),
  ),
});
type Resources = z.infer<typeof Template>['Resources'];

/** Stand-ins in the snapshot for the names of a deployment. */
const placeholders: Record<string, string> = {
  'AWS::Partition': 'aws',
  'AWS::Lambda::Alias': 'arn:aws:lambda:us-east-1:123456789012:function:face-detection-poller-poll:live',
  'AWS::DynamoDB::GlobalTable': 'face-detections',
};

/** Extracts the definition of the one state machine in a synthesised template. */
export function definitionOf(template: Record<string, unknown>): Definition {
  const { Resources } = Template.parse(template);
  const machines = Object.values(Resources).filter(({ Type }) => Type === 'AWS::StepFunctions::StateMachine');
  const [machine] = machines;
  if (machine === undefined || machines.length > 1)
    throw new Error(`expected one state machine, got ${machines.length}`);
  return parseDefinition(resolve(machine.Properties?.['DefinitionString'], Resources));
}

export function parseDefinition(json: string): Definition {
  const definition: unknown = JSON.parse(json);
  if (!isDefinition(definition)) throw new Error('not a state machine definition');
  return definition;
}

const isDefinition = (value: unknown): value is Definition =>
  typeof value === 'object' && value !== null && 'StartAt' in value && 'States' in value;

function resolve(value: unknown, resources: Resources): string {
  if (typeof value === 'string') return value;
  if (isJoin(value))
    return value['Fn::Join'][1].map((part) => resolve(part, resources)).join(value['Fn::Join'][0]);
  if (isRef(value)) {
    const placeholder = placeholders[resources[value.Ref]?.Type ?? value.Ref];
    if (placeholder !== undefined) return placeholder;
  }
  throw new Error(`no placeholder for ${JSON.stringify(value)} in the definition`);
}

const isJoin = (value: unknown): value is { 'Fn::Join': [string, unknown[]] } =>
  typeof value === 'object' && value !== null && 'Fn::Join' in value;

const isRef = (value: unknown): value is { Ref: string } =>
  typeof value === 'object' && value !== null && 'Ref' in value && typeof value.Ref === 'string';
