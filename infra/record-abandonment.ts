import { Duration } from 'aws-cdk-lib';
import { JsonPath, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { DynamoAttributeValue, DynamoUpdateItem } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

import { type DetectionError } from '../functions/detection/error-codes.ts';
import { openStatuses } from '../functions/detection/types.ts';
import { key, statusShard } from '../functions/records/table.ts';
import { abandonmentRetries } from './retries.ts';
import type { Table } from './table.ts';

const text = (value: string): DynamoAttributeValue => DynamoAttributeValue.fromString(value);
const at = (path: string): DynamoAttributeValue => text(JsonPath.stringAt(path));

/**
 * Ends a record from the workflow itself, because the function that would do it has failed. The record is due at once,
 * so that the next sweep publishes it.
 */
export function recordAbandonment(scope: Construct, table: Table, error: DetectionError): DynamoUpdateItem {
  const open = openStatuses.map((status) => [`:${status}`, text(status)] as const);
  const state = new DynamoUpdateItem(scope, 'Record abandonment', {
    table,
    key: { [key]: at(`$.${key}`) },
    updateExpression:
      'SET #status = :abandoned, status_shard = :status_shard, #error = :error, updated_at = :now, final_at = :now, due_at = :now',
    // A record that is final, or whose lease another execution holds, stays as it is.
    conditionExpression: `attribute_exists(${key}) AND execution_name = :me AND execution_arn = :execution AND #status IN (${open.map(([name]) => name).join(', ')})`,
    expressionAttributeNames: { '#status': 'status', '#error': 'error' },
    expressionAttributeValues: {
      ...Object.fromEntries(open),
      ':abandoned': text('abandoned'),
      ':status_shard': text(statusShard('abandoned', 0)),
      ':error': DynamoAttributeValue.fromMap({
        code: text(error.code),
        message: text(error.message),
        retryable: DynamoAttributeValue.fromBoolean(error.retryable),
      }),
      ':me': at('$$.Execution.Name'),
      ':execution': at('$$.Execution.Id'),
      ':now': at('$$.State.EnteredTime'),
    },
    resultPath: JsonPath.DISCARD,
    taskTimeout: Timeout.duration(Duration.seconds(10)),
  });
  for (const retry of abandonmentRetries) state.addRetry(retry);
  return state;
}
