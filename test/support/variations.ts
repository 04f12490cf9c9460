/** What a careless service or a layer in between may make of each field of an answer, and what is expected to come of it. */
export type Json = unknown;
const missing = Symbol('missing');

/** What a careless service or a layer in between may make of a field. */
export const variations = {
  missing: () => missing,
  null: () => null,
  true: () => true,
  number: () => 7,
  text: () => 'other',
  'no text': () => '',
  'no object': () => ({}),
  'no list': () => [],
  'in a list': (value: Json) => [value],
  'as JSON text': (value: Json) => JSON.stringify(value),
  huge: () => 'x'.repeat(70_000),
  deep: () => Array.from({ length: 1_000 }).reduce<Json>((inner) => [inner], 'x'),
} as const;
export type Variation = keyof typeof variations;

/** By default, then what differs. */
export type Expected = [outcome: string, ...exceptions: [outcome: string, ...of: Variation[]][]];

export function varied(answer: Json, path: readonly string[], variation: Variation): Json {
  const [field, ...rest] = path;
  if (field === undefined) return variations[variation](answer);
  const copy = structuredClone(answer) as Record<string, Json>;
  const value = varied(copy[field], rest, variation);
  if (value !== missing) copy[field] = value;
  else if (Array.isArray(copy)) copy.splice(Number(field), 1);
  else delete copy[field];
  return copy;
}

export function outcomesOf(
  answer: Json,
  path: string,
  outcomeOf: (body: string) => string,
): Record<string, string> {
  const steps = path === '' ? [] : path.split('.');
  return Object.fromEntries(
    (Object.keys(variations) as Variation[]).map((variation) => {
      const body = JSON.stringify(varied(answer, steps, variation));
      return [variation, outcomeOf(body ?? '')];
    }),
  );
}

export function expectedOf([byDefault, ...exceptions]: Expected): Record<string, string> {
  const outcomes = Object.fromEntries(Object.keys(variations).map((variation) => [variation, byDefault]));
  for (const [outcome, ...of] of exceptions) for (const variation of of) outcomes[variation] = outcome;
  return outcomes;
}
