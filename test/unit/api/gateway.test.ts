import { describe, expect, it } from 'vitest';

import { gatewayAnswer, type GatewayEvent, requestOf } from '../../../functions/api/gateway.ts';

const eventOf = (method: string, rawPath: string, more: Partial<GatewayEvent> = {}): GatewayEvent => ({
  rawPath,
  rawQueryString: '',
  headers: {},
  isBase64Encoded: false,
  requestContext: { http: { method } },
  ...more,
});
const reading = (rawPath: string, detect_task_id: string): GatewayEvent =>
  eventOf('GET', rawPath, {
    routeKey: 'GET /detections/{detect_task_id}',
    pathParameters: { detect_task_id },
  });

describe('a request behind API Gateway', () => {
  it.each(['', '/prod', '/v1/faces'])('has the path of its route behind %j', (prefix) => {
    const event = reading(`${prefix}/detections/task`, 'task');
    expect(requestOf(event)).toMatchObject({ method: 'GET', path: '/detections/task' });
    const started = { status: 202, headers: { location: '/detections/task' }, body: '{}' };
    const posted = eventOf('POST', `${prefix}/detections`, { routeKey: 'POST /detections' });
    expect(gatewayAnswer(started, posted).headers).toEqual({ location: `${prefix}/detections/task` });
    const elsewhere = { location: 'https://bucket.example/0.png' };
    const picture = { status: 302, headers: elsewhere, body: '' };
    expect(gatewayAnswer(picture, event).headers).toEqual(elsewhere);
  });

  it('has a parameter that no other path can hide in', () => {
    expect(requestOf(reading('/detections/a%2Fretry', 'a/retry')).path).toBe('/detections/a%2Fretry');
    expect(requestOf(reading('/detections/..', '..')).path).toBe('/detections/..');
  });

  it('has its raw path where no route of ours was matched', () => {
    expect(requestOf(eventOf('GET', '/elsewhere', { routeKey: '$default' })).path).toBe('/elsewhere');
    expect(requestOf(eventOf('GET', '/elsewhere')).path).toBe('/elsewhere');
  });
});
