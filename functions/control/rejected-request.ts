/** A request that cannot be carried out as it stands: the message names the field and the rule. */
export class RejectedRequestError extends Error {
  override readonly name = 'RejectedRequestError';
  readonly kind: 'invalid' | 'conflict';
  /** The field that is at fault, for programs. */
  readonly field: string | undefined;

  constructor(kind: 'invalid' | 'conflict', message: string, field?: string) {
    super(message);
    this.kind = kind;
    this.field = field;
  }
}
