/**
 * A fault that a person can mend: a bad setting, or a machine or stack that cannot be used. The message is the whole
 * sentence; it names the setting and the rule. Requests rejected for their content have classes of their own.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly kind: UserErrorKind;

  constructor(kind: UserErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export type UserErrorKind = 'invalid-input' | 'infrastructure' | 'interrupted';
