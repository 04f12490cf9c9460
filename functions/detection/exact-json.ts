/** JSON of a caller, in which no number changes by being read: 1e-400 would become 0, and digits past the seventeenth go. */

export class InexactNumberError extends Error {
  override readonly name = 'InexactNumberError';
  constructor(source: string) {
    super(
      `must hold no number that changes when it is read, such as ${source.slice(0, 40)}: write it as text`,
    );
  }
}

/** A number past 2^53 - 1 is left to the rule that names that bound. */
export function parseExactJson(text: string): unknown {
  try {
    return JSON.parse(text, checked);
  } catch (error) {
    // Deeper than a reviver can follow, which is deeper than any input may be: its rule says so.
    if (error instanceof RangeError) return JSON.parse(text);
    throw error;
  }
}

function checked(_name: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined) return value;
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER && decimal(source) !== decimal(String(value)))
    throw new InexactNumberError(source);
  return value;
}

/** Digits and exponent, the same for every spelling of a number. */
function decimal(text: string): string {
  const [, whole = '', fraction = '', exponent = '0'] =
    /^-?(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  if (kept === '') return '0';
  return `${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`;
}
