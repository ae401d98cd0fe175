import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

/** How long to wait, and for what: `what` ends the sentence "timed out after 10000 ms waiting for …". */
export interface UntilOptions {
  readonly what: string;
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
}

/**
 * Asks again and again until `condition` gives something truthy, and returns that. An error counts as "not yet":
 * the last one is the cause when time runs out.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  options: UntilOptions,
): Promise<Awaited<NonNullable<T>>> {
  const { what, timeoutMs = 10_000, intervalMs = 20 } = options;
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  let failure: unknown;
  do {
    try {
      last = await condition();
      failure = undefined;
      if (last) return last as Awaited<NonNullable<T>>;
    } catch (error) {
      failure = error;
    }
    await sleep(intervalMs);
  } while (Date.now() < deadline);
  throw new Error(`timed out after ${timeoutMs} ms waiting for ${what}; ${describe(last, failure)}`, {
    cause: failure,
  });
}

function describe(last: unknown, failure: unknown): string {
  if (failure === undefined) return `the last answer was ${inspect(last)}`;
  return `the last try failed: ${failure instanceof Error ? failure.message : inspect(failure)}`;
}
