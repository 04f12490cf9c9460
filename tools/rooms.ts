/** `node tools/rooms.ts`: the rooms of the sources and the arrows between them, as the imports say. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const folders = ['functions', 'client', 'local', 'console', 'cli', 'infra', 'exports', 'tools', 'test'];

export interface Module {
  /** From the root of the repository. */
  file: string;
  text: string;
  /** The files of this repository that it imports, types included. */
  imports: string[];
}

const specifier =
  /^(?:import|export)\b[^;'"]*?\bfrom '(\.[^']+)'|^import '(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm;

export const readModules = (): Module[] =>
  folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => {
        const file = path.posix.join(folder, name);
        const text = readFileSync(path.join(root, file), 'utf8');
        const found = [...text.matchAll(specifier)].map(([, ...names]) => names.find(Boolean) ?? '');
        return { file, text, imports: found.map((to) => path.posix.join(path.dirname(file), to)) };
      }),
  );

/** A folder of functions/ is a room, and so are a module beside these folders and each other folder of the root. */
export function roomOf(file: string): string {
  const [folder = '', room = ''] = file.split('/');
  return folder === 'functions' ? room.replace('.ts', '') : folder;
}

/** The rooms, each with the rooms that it imports from; a room stands below all that it imports from. */
export function arrowsOf(modules: readonly Module[]): Map<string, string[]> {
  const arrows = new Map<string, Set<string>>();
  for (const { file, imports } of modules) {
    const from = arrows.get(roomOf(file)) ?? new Set();
    arrows.set(roomOf(file), from);
    for (const to of imports.map(roomOf)) if (to !== roomOf(file) && to.match(/^[\w-]+$/)) from.add(to);
  }
  const depth = (room: string, above: readonly string[] = []): number =>
    above.includes(room)
      ? 0
      : 1 + Math.max(0, ...[...(arrows.get(room) ?? [])].map((to) => depth(to, [...above, room])));
  const rooms = [...arrows.keys()].toSorted((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
  return new Map(rooms.map((room) => [room, rooms.filter((to) => arrows.get(room)?.has(to))]));
}

export function picture(modules: readonly Module[]): string {
  const arrows = arrowsOf(modules.filter(({ file }) => !file.startsWith('test/')));
  return [...arrows].map(([room, to]) => `${room.padEnd(12)}→ ${to.join(', ') || 'nothing'}\n`).join('');
}

if (import.meta.main) process.stdout.write(picture(readModules()));
