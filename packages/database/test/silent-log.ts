import { Log } from '@bridgecore/runtime';

const nothing = (): void => undefined;

/** A log that nobody reads. */
export const silent: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
