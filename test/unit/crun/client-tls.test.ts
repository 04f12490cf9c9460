/** A server that cannot prove to be the provider does not get the key. */
import tls from 'node:tls';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { classified } from '../../support/answers.ts';
import { certificate } from '../../support/certificate.ts';
import { ask, httpServer, httpsServer, rawServer } from '../../support/servers.ts';

const trusted = certificate();
const ofAnotherAddress = certificate({ address: [192, 0, 2, 1] });
const expired = certificate({ untilMs: Date.now() - 60_000 });
const notYetValid = certificate({ untilMs: Date.now() + 10 * 86_400_000 });

/** Node has it since 24.5; without it nothing here is trusted, and only the first test needs that. */
const canTrust = 'setDefaultCACertificates' in tls;
const usual = tls.getCACertificates();
beforeAll(() => {
  if (!canTrust) return;
  tls.setDefaultCACertificates([trusted, ofAnotherAddress, expired, notYetValid].map(({ cert }) => cert));
});
afterAll(() => {
  if (canTrust) tls.setDefaultCACertificates(usual);
});

const denied = { kind: 'denied', code: 'UNEXPECTED_RESPONSE' };

describe('a server', () => {
  it.runIf(canTrust)('whose certificate is trusted gets the request', async () => {
    await using server = await httpsServer(trusted, (_, response) => void response.end('{}'));
    expect(await ask(server.baseUrl)).toMatchObject({ kind: 'answered', httpStatus: 200, body: '{}' });
  });

  it.each([
    ['signed itself', certificate()],
    ['has a certificate for another address', ofAnotherAddress],
    ['has a certificate that ran out', expired],
    ['has a certificate that is not valid yet', notYetValid],
  ])('that %s gets no request', async (_behaviour, theirs) => {
    let requests = 0;
    await using server = await httpsServer(theirs, (_, response) => {
      requests++;
      response.end('{}');
    });
    const exchange = await ask(server.baseUrl);
    expect(exchange).toEqual({ kind: 'no-answer', fault: 'tls' });
    expect(classified(exchange)).toMatchObject(denied);
    expect(server.connections).toBe(1);
    expect(requests).toBe(0);
  });

  it('that speaks plain HTTP instead of TLS gets no request', async () => {
    let requests = 0;
    await using server = await httpServer((_, response) => {
      requests++;
      response.end('{}');
    });
    const exchange = await ask(`https://127.0.0.1:${server.port}`);
    expect(exchange).toEqual({ kind: 'no-answer', fault: 'tls' });
    expect(classified(exchange)).toMatchObject(denied);
    expect(requests).toBe(0);
  });

  it('that speaks TLS instead of plain HTTP is unavailable', async () => {
    await using server = await httpsServer(trusted, (_, response) => void response.end('{}'));
    const exchange = await ask(`http://127.0.0.1:${server.port}`);
    expect(exchange.kind === 'no-answer' && exchange.fault).toMatch(/^(not-http|reset)$/);
    expect(classified(exchange)).toMatchObject({ kind: 'unavailable' });
  });

  it('that leaves during the handshake is unavailable', async () => {
    await using server = await rawServer((socket) => void socket.end());
    const exchange = await ask(`https://127.0.0.1:${server.port}`);
    expect(exchange).toEqual({ kind: 'no-answer', fault: 'reset' });
  });
});
