/** The API behind API Gateway: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

import type { ApiRequest, ApiResponse } from './message.ts';

/** The parts of an event, format 2.0, that are read. */
export type GatewayEvent = Pick<
  APIGatewayProxyEventV2,
  'rawPath' | 'rawQueryString' | 'headers' | 'body' | 'isBase64Encoded'
> & { requestContext: { http: { method: string } } };

export const requestOf = (event: GatewayEvent): ApiRequest => ({
  method: event.requestContext.http.method,
  path: event.rawPath,
  query: event.rawQueryString,
  headers: event.headers,
  // The gateway encodes bodies that it does not take for text.
  body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
});

export const gatewayAnswer = ({ status, headers, body }: ApiResponse) => ({
  statusCode: status,
  headers,
  body,
});
