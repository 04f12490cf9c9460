/**
 * Where a place in a minified bundle comes from. The bundle's map is read with the first error only: Node's own
 * `--enable-source-maps` reads it at every cold start, which takes a quarter longer then.
 */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

/** Undefined without a map, as where the sources run unbundled. */
let map: SourceMap | undefined | 'unread' = 'unread';

function readMap(): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${import.meta.filename}.map`, 'utf8')));
  } catch {
    return undefined;
  }
}

/** `file:line:column` of the source, or the place as it is. */
export function originOf(place: string): string {
  const [, line, column] = /:(\d+):(\d+)$/.exec(place) ?? [];
  if (line === undefined || !place.includes(import.meta.filename)) return place;
  if (map === 'unread') map = readMap();
  const entry = map?.findEntry(Number(line) - 1, Number(column) - 1);
  if (entry === undefined || !('originalSource' in entry)) return place;
  const { originalSource, originalLine, originalColumn } = entry;
  const source = /(?:functions|node_modules)\/.*$/.exec(originalSource)?.[0] ?? originalSource;
  return `${source}:${originalLine + 1}:${originalColumn + 1}`;
}
