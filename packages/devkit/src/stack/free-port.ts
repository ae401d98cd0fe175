import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below what systems hand out to outgoing connections (Linux: 32768 and up): a client that keeps knocking on the
// port of a stopped store could otherwise be given that very port and keep the store from coming back.
const LOWEST = 15_000;
const HIGHEST = 32_000;

/** A port on loopback that is free now and that no outgoing connection will take. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found between ${LOWEST} and ${HIGHEST}`);
}

/** Whether somebody could listen on this port of `host` now. */
export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
