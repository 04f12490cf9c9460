/** What is generated in the documents: tables of the code's own tables, and the picture of its rooms. */
import * as z from 'zod/mini';

import { type ErrorCode, errorCodes } from '../functions/detection/error-codes.ts';
import {
  type Audience,
  type FieldName,
  fieldNames,
  fields,
  type Presence,
} from '../functions/detection/fields.ts';
import { picture, readModules } from './rooms.ts';

const presences: Record<Presence, string> = {
  always: 'always',
  final: 'once final',
  succeeded: 'when succeeded',
  unsuccessful: 'when failed or abandoned',
  'some succeeded': 'sometimes, when succeeded',
  some: 'sometimes',
};

/** The attributes of the record: those that readers see, or those of the table alone. */
export function recordTable(part: 'public' | 'internal' = 'public'): string {
  const isShown = (audience: Audience): boolean => (audience === 'internal') === (part === 'internal');
  const rows = fieldNames
    .filter((name) => isShown(fields[name].audience))
    .map((name) => {
      const { presence, audience, description } = fields[name];
      return [
        `\`${name}\``,
        typeOf(name),
        presences[presence],
        audience === 'receivers' ? 'yes' : 'no',
        description,
      ];
    });
  return tableOf(['attribute', 'type', 'present', 'in the webhook', 'meaning'], rows);
}

function typeOf(name: FieldName): string {
  const { type, anyOf } = z.toJSONSchema(fields[name].schema, { unrepresentable: 'any' });
  return [type ?? anyOf?.map((each) => (each as { type: string }).type)].flat(2).join(' or ');
}

export const errorCodeTable = (): string =>
  tableOf(
    ['code', 'status', 'what to do'],
    (Object.keys(errorCodes) as ErrorCode[]).map((code) => {
      const { ends, advice } = errorCodes[code];
      return [`\`${code}\``, ends, ends === 'abandoned' ? `${advice}, then \`retry\`` : advice];
    }),
  );

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
const tableOf = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  `${line(heads)}|${'---|'.repeat(heads.length)}\n${rows.map(line).join('')}`;

/** What stands in each document between `<!-- name -->` and `<!-- /name -->`. */
export const generated: Record<string, Record<string, string>> = {
  'docs/record.md': {
    attributes: recordTable(),
    'internal attributes': recordTable('internal'),
    'error codes': errorCodeTable(),
  },
  'CONTRIBUTING.md': { rooms: `\`\`\`text\n${picture(readModules())}\`\`\`\n` },
};

/** The document with what is generated in it as the code has it now. */
export const regenerated = (file: string, markdown: string): string =>
  Object.entries(generated[file] ?? {}).reduce((text, [name, content]) => {
    const region = new RegExp(`(?<=<!-- ${name} -->\\n)[^]*?(?=<!-- /${name} -->)`);
    if (!region.test(text)) throw new Error(`${file}: has no region <!-- ${name} -->`);
    return text.replace(region, () => content);
  }, markdown);
