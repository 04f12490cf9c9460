/** `set-key`: takes the provider's API key from standard input to where the deployed stack reads it. Never prints it. */
import { UserError } from '../../client/user-error.ts';
import { usableKey } from '../../functions/api-key/reader.ts';
import { createRedactor } from '../../functions/telemetry/redact.ts';
import { readHidden } from '../hidden-input.ts';
import type { Session } from '../session.ts';

export function addSetKey(session: Session): void {
  const { program, openKeyStore, connection, format, stdout } = session;
  program
    .command('set-key')
    .description("store the provider's API key for the deployed stack, from standard input")
    .action(async () => {
      // Before the prompt: a key that cannot be stored is not typed.
      const { place, store } = await openKeyStore(connection());
      const given = await readHidden('API key of crun.ai (not shown): ', session);
      const key = usableKey(given);
      if (key === undefined) {
        throw new UserError(
          'invalid-input',
          given.trim() === ''
            ? 'API key: none came from standard input; nothing was stored'
            : 'API key: must be printable ASCII without spaces; nothing was stored',
        );
      }
      try {
        await store(key);
      } catch (error) {
        // AWS repeats the rejected value in its error, in whole or in part.
        if (error instanceof Error) error.message = createRedactor(key).clean(error.message);
        throw error;
      }
      const said =
        format() === 'json' ? JSON.stringify({ stored_in: place }) : `The API key is stored in ${place}`;
      stdout.write(`${said}\n`);
    });
}
