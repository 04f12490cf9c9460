/** The last resort: whatever a library puts into an error, standard error shows no secret of the environment. */
import { createRedactor } from '../functions/telemetry/redact.ts';

const secretNames = ['CRUN_API_KEY', 'FACE_POLLER_WEBHOOK_SECRET'];

/** The same stream, but for what it writes. */
export function concealing<Stream extends Pick<NodeJS.WriteStream, 'write'>>(
  stream: Stream,
  environment: Record<string, string | undefined>,
): Stream {
  const secrets = secretNames.flatMap((name) => environment[name]?.trim() || []);
  if (secrets.length === 0) return stream;
  const redactors = secrets.map(createRedactor);
  const clean = (text: string): string => redactors.reduce((cleaned, by) => by.clean(cleaned), text);
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  const own = {
    value: (chunk: unknown, ...rest: unknown[]) =>
      write(typeof chunk === 'string' ? clean(chunk) : chunk, ...rest),
  };
  return Object.create(stream, { write: own }) as Stream;
}
