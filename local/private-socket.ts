import net from 'node:net';

import { UserError } from '../client/user-error.ts';

/** The shortest limit among the systems that this runs on (macOS); Linux allows 107. */
const maxSocketPathBytes = 103;

export const dataFolderError = (message: string, cause?: unknown): UserError =>
  new UserError('infrastructure', `FACE_POLLER_DATA: ${message}`, { cause });

/** Listens on a Unix socket that only this user may open, from its first moment on. */
export function listenPrivately(server: net.Server, socketPath: string): Promise<void> {
  if (Buffer.byteLength(socketPath) > maxSocketPathBytes) {
    const message = `the path is too long for a socket in it (${maxSocketPathBytes} bytes at the most): ${socketPath}`;
    return Promise.reject(dataFolderError(message));
  }
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void =>
      reject(dataFolderError(`cannot open a socket in the folder (${error.code}): ${socketPath}`));
    server.once('error', fail);
    // The socket is created while `listen` runs; its mode must not depend on a later chmod.
    const mask = process.umask(0o177);
    try {
      server.listen(socketPath, () => {
        server.off('error', fail);
        resolve();
      });
    } finally {
      process.umask(mask);
    }
  });
}
