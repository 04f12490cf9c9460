/** The API behind API Gateway: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

import type { ApiRequest, ApiResponse } from './message.ts';

/** The parts of an event, format 2.0, that are read. */
export type GatewayEvent = Pick<
  APIGatewayProxyEventV2,
  'rawPath' | 'rawQueryString' | 'headers' | 'body' | 'isBase64Encoded'
> &
  Partial<Pick<APIGatewayProxyEventV2, 'routeKey' | 'pathParameters'>> & {
    requestContext: { http: { method: string } };
  };

export const requestOf = (event: GatewayEvent): ApiRequest => ({
  method: event.requestContext.http.method,
  path: pathOf(event),
  query: event.rawQueryString,
  headers: event.headers,
  // The gateway encodes bodies that it does not take for text.
  body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
});

/** By the route that the gateway has matched: `rawPath` may begin with a stage or with the key of a domain's mapping. */
function pathOf({ routeKey = '', rawPath, pathParameters = {} }: GatewayEvent): string {
  const [, template] = routeKey.split(' ');
  if (template === undefined) return rawPath;
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(pathParameters[name] ?? ''),
  );
}

/** What stands before the API's own paths. */
function prefixOf(event: GatewayEvent): string {
  const path = pathOf(event);
  return event.rawPath.endsWith(path) ? event.rawPath.slice(0, -path.length) : '';
}

export function gatewayAnswer({ status, headers, body }: ApiResponse, event: GatewayEvent) {
  const { location } = headers;
  // A picture is elsewhere, at an address of its own.
  const isOwn = location?.startsWith('/') === true;
  return {
    statusCode: status,
    headers: { ...headers, ...(isOwn && { location: prefixOf(event) + location }) },
    body,
  };
}
