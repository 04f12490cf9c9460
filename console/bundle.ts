/** The page's one script and one stylesheet: built beforehand in the package, from the sources on demand elsewhere. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

export interface Bundle {
  script: string;
  style: string;
}

const here = import.meta.dirname;
const built = (name: string): Promise<string> => readFile(path.join(here, 'built', name), 'utf8');

export async function readBundle(): Promise<Bundle> {
  try {
    const [script, style] = await Promise.all([built('page.js'), built('page.css')]);
    return { script, style };
  } catch {
    return buildBundle();
  }
}

/** By esbuild, which the installed package does without. */
export async function buildBundle(): Promise<Bundle> {
  const { build } = await import('esbuild');
  const options = {
    bundle: true,
    minify: true,
    write: false,
    target: 'es2022',
    legalComments: 'none',
    tsconfig: path.join(here, 'tsconfig.json'),
  } as const;
  const [script, style] = await Promise.all(
    ['main.tsx', 'page.css'].map((name) => build({ ...options, entryPoints: [path.join(here, name)] })),
  );
  const textOf = (result: typeof script): string => result?.outputFiles[0]?.text ?? '';
  return { script: textOf(script), style: textOf(style) };
}
