/** Certificates for the tests, made when they run: none is committed, none can run out. */
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';

export interface Certificate {
  key: string;
  cert: string;
}

/** One value of DER: tag, length, content. */
function der(tag: number, ...parts: (Buffer | number[])[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const { length } = content;
  const lengthBytes = length < 128 ? [length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...lengthBytes]), content]);
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
const oid = (...bytes: number[]): Buffer => der(0x06, bytes);
const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
/** A common name of its own, because trust is looked up by name. */
const newName = (): Buffer =>
  sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(`tests ${randomUUID()}`)))));
const version3 = der(0xa0, der(0x02, [2]));
const serial = der(0x02, [1]);
const dayMs = 86_400_000;

/** `20261122120000Z` */
const generalizedTime = (ms: number): Buffer =>
  der(0x18, Buffer.from(`${new Date(ms).toISOString().replaceAll(/\D/g, '').slice(0, 14)}Z`));

/** Signs itself. For 127.0.0.1, or for a host's name, and valid from yesterday until tomorrow, unless said otherwise. */
export function certificate({
  address = [127, 0, 0, 1],
  host,
  untilMs = Date.now() + dayMs,
}: { address?: number[]; host?: string; untilMs?: number } = {}): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = newName();
  const subject = host === undefined ? der(0x87, address) : der(0x82, Buffer.from(host));
  const alternativeName = sequence(oid(0x55, 0x1d, 0x11), der(0x04, sequence(subject)));
  const toBeSigned = sequence(
    version3,
    serial,
    ecdsaWithSha256,
    name,
    sequence(generalizedTime(untilMs - 2 * dayMs), generalizedTime(untilMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(alternativeName)),
  );
  const signature = der(0x03, [0], sign('sha256', toBeSigned, privateKey));
  const base64 = sequence(toBeSigned, ecdsaWithSha256, signature).toString('base64');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
  };
}
