/** Where the product calls AWS: each place that makes a command of the SDK, by its file and the operation. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { root } from '../support/folders.ts';

/** What a stack or a command line runs; the construct itself calls nothing. */
const folders = ['functions', 'client', 'cli', 'local', 'console', 'tools'];

export interface CallSite {
  /** `functions/records/query.ts GetItem`, with a number where a file has several. */
  site: string;
  /** The SDK's name of the service. */
  service: string;
  operation: string;
}

const named = String.raw`\{([^}]*)\}`;
const importsOfSdk = [
  new RegExp(String.raw`^import ${named} from '@aws-sdk/(client-[\w-]+)'`, 'gm'),
  new RegExp(String.raw`const ${named} = await import\('@aws-sdk/(client-[\w-]+)'\)`, 'g'),
];

/** What a command is sent by: a name, a member, or a client made on the spot. */
const receivers = /(?<![\w.])(new \w+\(\w*\)|[\w#]+(?:\.[\w#]+)*)(\s*)\.send\(/g;

/** The values that a module takes from the SDK, with the service of each. */
export function sdkNamesOf(code: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const imports of importsOfSdk)
    for (const [, names = '', client = ''] of code.matchAll(imports))
      for (const name of names.split(',').map((one) => one.trim()))
        if (name !== '' && !name.startsWith('type ')) found.set(name, client.replace('client-', ''));
  return found;
}

/** The same module, which reports each command that it makes and each call that it sends. */
export function instrument(file: string, code: string): { code: string; sites: CallSite[] } {
  const services = sdkNamesOf(code);
  const sites: CallSite[] = [];
  const made = code.replaceAll(/\bnew (\w+)Command\(/g, (whole, operation: string) => {
    const service = services.get(`${operation}Command`);
    if (service === undefined) return whole;
    const earlier = sites.filter((other) => other.operation === operation).length;
    const site = `${file} ${operation}${earlier === 0 ? '' : ` ${earlier + 1}`}`;
    sites.push({ site, service, operation });
    return `new (globalThis.awsCalls.made(${JSON.stringify(sites.at(-1))}, ${operation}Command))(`;
  });
  const sent = made.replaceAll(receivers, 'globalThis.awsCalls.through($1)$2.send(');
  return { code: sent.replaceAll(/\bgetSignedUrl\(/g, 'globalThis.awsCalls.signed(getSignedUrl)('), sites };
}

/** Every module of the product, by its path in the repository. */
export const modules = (): Map<string, string> =>
  new Map(
    folders
      .flatMap((folder) => filesIn(path.join(root, folder)))
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => [path.relative(root, file), readFileSync(file, 'utf8')]),
  );

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
      .map((entry) => path.join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}
