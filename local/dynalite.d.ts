declare module 'dynalite' {
  import type { Server } from 'node:http';

  function dynalite(options: { path?: string; createTableMs?: number }): Server;
  namespace dynalite {
    export type { Server };
  }
  export default dynalite;
}
