/** The provider's API key wherever a stack keeps it: the client knows both stores, each function one. */
import { storedParameter } from '../../functions/api-key/parameter.ts';
import type { KeyLocation, StoredKey } from '../../functions/api-key/reader.ts';
import { storedSecret } from '../../functions/api-key/secret.ts';

export const storedKey = (
  location: KeyLocation,
  config: Parameters<typeof storedSecret>[1] & Parameters<typeof storedParameter>[1],
): StoredKey =>
  'secretArn' in location
    ? storedSecret(location.secretArn, config)
    : storedParameter(location.parameterName, config);
