/** The Authorize function at AWS. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerResult,
  Context,
} from 'aws-lambda';

import { systemClock } from '../clock.ts';
import { sdkTransport as requestHandler } from '../environment.ts';
import { createTelemetry } from '../telemetry/logs.ts';
import { createAuthorize } from './authorize.ts';
import type { AuthorizeEnv } from './env.ts';
import { storedTokens } from './stored-tokens.ts';

/** The gateway keeps the answer by this part: nothing else may decide. */
type Event = Partial<Pick<APIGatewayRequestAuthorizerEventV2, 'identitySource'>>;

export function createHandler({ TABLE_NAME: tableName, API_TOKEN_SECRET_ARN: secretArn }: AuthorizeEnv) {
  const telemetry = createTelemetry(tableName);
  const client = new SecretsManagerClient({ requestHandler });
  const tokens = storedTokens({ client, secretArn, now: systemClock.now });
  const authorize = createAuthorize({ tokens, measure: telemetry.measure });
  return ({ identitySource = [] }: Event, context: Context): Promise<APIGatewaySimpleAuthorizerResult> =>
    telemetry.during(context, {}, async () => ({ isAuthorized: await authorize(identitySource[0]) }));
}
