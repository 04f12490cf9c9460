/** One sentence about a setting. */
export class InvalidSettingError extends Error {
  override readonly name = 'InvalidSettingError';
}

export function refuse(sentence: string): never {
  throw new InvalidSettingError(sentence);
}
