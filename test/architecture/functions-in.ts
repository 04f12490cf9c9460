/** The functions of a module, by the indentation that the formatter gives them. */

interface Span {
  name: string;
  first: number;
  last: number;
}

const indentOf = (line: string): number => line.search(/\S/);
const isHeader = (line: string): boolean =>
  !/^\s*(?:if|for|while|switch|catch|else|\} else|return \(|do)\b/.test(line) &&
  /=> \{$|\bfunction\b.*\{$|^\s*(?:static |async |\*)*#?\w+\(.*\{$|^\s*\).*\{$/.test(line);

function spansIn(lines: readonly string[]): Span[] {
  return lines.flatMap((line, at) => {
    if (!isHeader(line)) return [];
    const indent = indentOf(line);
    // A signature of several lines ends in `) {`; it begins at the same indentation.
    let first = at;
    if (/^\s*\)/.test(line))
      do first -= 1;
      while (indentOf(lines[first] ?? '') !== indent);
    const header = lines[first] ?? '';
    if (/^\s*(?:if|for|while|switch)\b/.test(header)) return [];
    const length = lines
      .slice(at + 1)
      .findIndex((later) => indentOf(later) === indent && /^\s*\}/.test(later));
    const [, name = 'a function'] = /(?:function\*?|const|async)?\s*(#?\w+)\s*[=(<:]/.exec(header) ?? [];
    return [{ name, first, last: at + 1 + length }];
  });
}

const isInside = (inner: Span, outer: Span): boolean => inner.first > outer.first && inner.last <= outer.last;

/** Each function with the lines of its own: the functions inside it are counted by themselves. */
export function functionsIn(text: string): { name: string; ownLines: number }[] {
  const spans = spansIn(text.split('\n'));
  return spans.map((span) => {
    const inside = spans.filter((other) => isInside(other, span));
    const direct = inside.filter((each) => !inside.some((other) => isInside(each, other)));
    const nested = direct.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    return { name: span.name, ownLines: span.last - span.first + 1 - nested };
  });
}
