import { Log } from '@bridgecore/runtime';

const nothing = (): void => undefined;

/** What libraries of ours would log is said by the command itself, once. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
