/** Pictures of faces: kept as the manifest says, and gone with what was forgotten. */
import { pictureNamed } from '../../support/pictures.ts';
import type { PlantedBug } from './planted-bug.ts';

/** What a bug says that it has just fetched. */
const fetched = { link: '' };

export const bugsOfArchive: readonly PlantedBug[] = [
  {
    name: 'a picture counts as kept, and is not',
    parts: {
      store: (store) => ({
        ...store,
        put: async (key, ...object) => (key.endsWith('.json') ? store.put(key, ...object) : undefined),
      }),
    },
    caughtBy: 'archived: its picture of face',
  },
  {
    name: 'a server that fails has its picture replaced',
    parts: {
      links: (fetchLink) => async (link) => {
        const got = await fetchLink(link);
        return 'fault' in got ? { bytes: pictureNamed('placeholder') } : got;
      },
    },
    caughtBy: 'is not the one behind the link',
  },
  {
    name: 'faults of links are not said',
    parts: {
      records: (records) => ({
        ...records,
        recordArchive: (seen, { state, faces, bytes, at }, step) =>
          records.recordArchive(seen, { state, faces, bytes, at }, step),
      }),
    },
    caughtBy: 'neither kept nor among the faults',
  },
  {
    name: 'the pictures of what was forgotten are left',
    parts: { store: (store) => ({ ...store, deleteUnder: async () => {} }) },
    caughtBy: 'is left of a record that is gone',
  },
  {
    name: 'an archive is complete whatever is missing',
    parts: {
      records: (records) => ({
        ...records,
        recordArchive: (seen, archive, step) =>
          records.recordArchive(
            seen,
            archive.state === 'pending' ? archive : { ...archive, state: 'complete' },
            step,
          ),
      }),
    },
    caughtBy: 'archived: complete with',
  },
  {
    name: 'the line of an archive has a link in it',
    parts: {
      links: (fetchLink) => (link) => fetchLink((fetched.link = link)),
      log: (log) => (line) => log('archive' in line ? { ...line, link: fetched.link } : line),
    },
    caughtBy: 'silent: in log',
  },
];
