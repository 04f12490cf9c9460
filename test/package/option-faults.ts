/** What the reference does not say of an option. */
import type { Reflection } from '../../tools/reference/write.ts';

const interfaceKind = 256;
const isForCallers = /(?:Options|Props|Request|Input|Imports)$/;

const units =
  /\b(?:milliseconds|seconds|days|bytes|per second|requests|records|invocations|partition keys|ports?)\b/i;
const bounds = /\b\d[\d.]*(?: \w+)? to \d|\bat (?:least|most) \d|\bfrom \d|\bany positive number/;

/** A number, several, or a duration; the numbers that a function takes or gives are its own. */
const isNumeric = (type: unknown): boolean => {
  const text = JSON.stringify(type ?? {});
  return /"name":"(?:number|Duration)"/.test(text) && !text.includes('"signatures"');
};

/** A line for each option of an interface that callers fill: by its name, what is missing. */
export const optionFaults = (model: Reflection): string[] =>
  (model.children ?? []).flatMap((each) =>
    each.kind === interfaceKind && isForCallers.test(each.name)
      ? (each.children ?? []).flatMap((option) =>
          faultsOf(option).map((fault) => `${each.name}.${option.name}: ${fault}`),
        )
      : optionFaults(each),
  );

const text = (parts: readonly { text: string }[] = []): string => parts.map((part) => part.text).join('');
const tagged = (comment: Reflection['comment'], wanted: string): string =>
  text(comment?.blockTags?.find(({ tag }) => tag === wanted)?.content);

function faultsOf({ comment, flags, type }: Reflection): string[] {
  const meaning = text(comment?.summary).trim().replaceAll(/\s+/g, ' ');
  return [
    ...(meaning === '' ? ['says nothing of its meaning'] : []),
    ...(flags?.isOptional === true && tagged(comment, '@default') === ''
      ? ['is optional and has no @default']
      : []),
    ...(isNumeric(type) && !units.test(meaning) ? ['is a number without a unit'] : []),
    ...(isNumeric(type) && !bounds.test(meaning) ? ['is a number without bounds'] : []),
    ...(tagged(comment, '@example') === '' ? ['has no @example'] : []),
  ];
}
