/** A request to an HTTP API as AWS Signature Version 4 wants it, or without a signature. */
import { createHash, createHmac } from 'node:crypto';
import http from 'node:http';
import { text } from 'node:stream/consumers';

export interface SignedRequest {
  method: string;
  path: string;
  body?: string;
  isSigned?: boolean;
  /** Beside it; several of one name in a list. */
  headers?: Record<string, string | string[]>;
}

const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

/** The emulator's name for an API resolves to nothing: it goes by the header. */
export async function request(
  apiUrl: string,
  { method, path, body = '', isSigned = true, headers: more = {} }: SignedRequest,
): Promise<{ status: number | undefined; body: string }> {
  const host = apiUrl.replace('http://', '');
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const headers = { host, 'x-amz-date': date, ...(body !== '' && { 'content-type': 'application/json' }) };
  const authorization = isSigned ? { authorization: signatureOf({ method, path, body, host, date }) } : {};
  const sent = http.request({
    port: host.split(':')[1],
    method,
    path,
    headers: { ...headers, ...authorization, ...more },
  });
  const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve).on('error', reject);
  });
  sent.end(body);
  const answer = await answered;
  return { status: answer.statusCode, body: await text(answer) };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function signatureOf(signed: {
  method: string;
  path: string;
  body: string;
  host: string;
  date: string;
}): string {
  const { method, path, body, host, date } = signed;
  const [resource = '', query = ''] = path.split('?');
  const named = 'host;x-amz-date';
  const canonical = [method, resource, query, `host:${host}`, `x-amz-date:${date}`, '', named, sha256(body)];
  const scope = [date.slice(0, 8), process.env['AWS_REGION'] ?? '', 'execute-api', 'aws4_request'];
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical.join('\n'))].join('\n');
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${process.env['AWS_SECRET_ACCESS_KEY']}`);
  const credential = [process.env['AWS_ACCESS_KEY_ID'], ...scope].join('/');
  return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${named}, Signature=${hmac(key, toSign).toString('hex')}`;
}
