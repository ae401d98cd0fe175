import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreName } from '../stack/keeper-protocol';
import { type Stack, startStack } from '../stack/stack';
import type { Terminal } from './terminal';

const PAUSE_MS = 1_000;

/** The stores of `npm start`, and the keeper that also minds its services. */
export interface Stores {
  readonly stack: Stack;
  /** The variables of those stores that are ours. */
  readonly urls: Readonly<Record<string, string>>;
  /** From now on a store that ends is not started again. */
  readonly forget: () => void;
}

/** Starts the stores that are missing. One that dies later is started again, as a supervisor in production would. */
export async function openStores(
  dir: string,
  stores: readonly StoreName[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Stores> {
  let isMinded = true;
  const revive = async (store: StoreName, how: string): Promise<void> => {
    terminal.event(`${store} has ended (${how}). Starting it again …`);
    await sleep(PAUSE_MS);
    if (isMinded) await stack[store].start();
  };
  const stack = await startStack({
    dir,
    stores,
    signal,
    log: (line) => {
      terminal.print(line);
    },
    onDeath: (store, how) => {
      revive(store, how).catch((error: unknown) => {
        if (isMinded) terminal.event(error instanceof Error ? error.message : String(error));
      });
    },
  });
  const ours = { REDIS_URL: stack.redisUrl, DATABASE_URL: stack.databaseUrl };
  const urls = Object.fromEntries(Object.entries(ours).filter(([, url]) => url !== ''));
  const forget = (): void => {
    isMinded = false;
  };
  return { stack, urls, forget };
}
