/** The language service that AWS's own editors check definitions with. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { definitionOf } from '../../infra/definition.ts';
import { npmFolder } from './fetched.ts';
import type { Finding, Verdict } from './finding.ts';
import { plantedDefinition } from './planted.ts';
import type { Audited } from './shapes.ts';

interface Diagnostic {
  readonly message: string;
  readonly range: { readonly start: { readonly line: number } };
}
interface LanguageService {
  getLanguageService: (options: object) => {
    parseJSONDocument(document: object): object;
    doValidation(document: object, parsed: object): Promise<Diagnostic[]>;
  };
  TextDocument: { create(uri: string, language: string, version: number, text: string): object };
}

const judge = 'asl-service';
const plantedFaults = 4;

export async function judgeByLanguageService(
  audited: readonly Audited[],
  isFetched: boolean,
): Promise<Verdict> {
  if (!isFetched) return { judge, findings: [], skipped: 'this machine cannot install it from npm' };
  const load = createRequire(join(npmFolder, 'package.json')) as (name: string) => LanguageService;
  const { getLanguageService, TextDocument } = load('amazon-states-language-service');
  const service = getLanguageService({});
  async function faultsIn(name: string, definition: object): Promise<Finding[]> {
    const text = JSON.stringify(definition, undefined, 2);
    const document = TextDocument.create(`file:///${name}.asl.json`, 'asl', 1, text);
    const found = await service.doValidation(document, service.parseJSONDocument(document));
    return found.map(({ message, range }) => ({
      rule: 'states-language',
      at: `${name}: line ${range.start.line + 1}`,
      message,
    }));
  }
  const planted = await faultsIn('planted', plantedDefinition);
  const blind = { rule: 'states-language', at: 'planted', message: 'has faults that were not found' };
  const findings = await Promise.all(
    audited.map(({ name, template }) => faultsIn(name, definitionOf({ ...template }))),
  );
  return { judge, findings: [...findings.flat(), ...(planted.length < plantedFaults ? [blind] : [])] };
}
