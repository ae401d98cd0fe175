import { BrokenCircuitError, circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import { isTrouble, OdooClient, OdooFailure, OdooTrouble } from '@bridgecore/odoo';

/** Whose breaker it is, when it asks again, and who is told that it opened or closed. */
export interface BreakerOptions {
  readonly system: string;
  readonly openMs: number;
  readonly opened: (reason: string) => void;
  readonly closed: () => void;
}

/** One per Odoo, before every call of it: the addon's API and RPC alike. */
export interface Breaker {
  /** Calls, or fails at once while Odoo is away; `away` are the troubles by which the call shows that it is. */
  run<T>(away: ReadonlySet<OdooTrouble>, call: () => Promise<T>): Promise<T>;
}

/** So many failures in a row, with no answer in between, and Odoo counts as away. */
const FAILURES = 5;

/** Signs that Odoo is away. A refusal is an answer, and an answer is a sign of life. */
const AWAY: ReadonlySet<OdooTrouble> = new Set(['unreachable', 'timeout', 'limited', 'overloaded', 'failed']);

/** To a write a failure inside Odoo is an answer too: it did not like what it was given. */
export const AWAY_TO_WRITES: ReadonlySet<OdooTrouble> = new Set(['unreachable', 'timeout', 'limited', 'overloaded']);

const ABORTED: ReadonlySet<OdooTrouble> = new Set(['aborted']);

/** An Odoo that is away is not asked but once in `openMs`, one call at a time; all other calls fail at once. */
export function createBreaker(options: BreakerOptions): Breaker {
  const breaker = circuitOf(options);
  return {
    run: async (away, call) => {
      const outcome = await breaker
        .execute(() => settle(call, (error) => !isTrouble(error, away) && !isTrouble(error, ABORTED)))
        .catch((error: unknown) => {
          throw error instanceof BrokenCircuitError ? notAsked(options) : error;
        });
      if ('refusal' in outcome) throw outcome.refusal;
      return outcome.value;
    },
  };
}

/** The addon's API behind the breaker. */
export function withBreaker(client: OdooClient, breaker: Breaker): OdooClient {
  return {
    pull: (lastEventId, limit, signal) => breaker.run(AWAY, () => client.pull(lastEventId, limit, signal)),
    acknowledge: (ids, signal) => breaker.run(AWAY_TO_WRITES, () => client.acknowledge(ids, signal)),
  };
}

function circuitOf({ openMs, opened, closed }: BreakerOptions): ReturnType<typeof circuitBreaker> {
  let isOpen = false;
  const breaker = circuitBreaker(
    // A call that we broke off says nothing of Odoo; as the one that was to find out, it must not close the breaker.
    handleWhen(
      (error) => isTrouble(error, AWAY) || (isTrouble(error, ABORTED) && breaker.state === CircuitState.HalfOpen),
    ),
    { halfOpenAfter: openMs, breaker: new ConsecutiveBreaker(FAILURES) },
  );
  breaker.onBreak((reason) => {
    if (isOpen) return; // it asked again, and Odoo is still away
    isOpen = true;
    opened('error' in reason ? reason.error.message : '');
  });
  breaker.onReset(() => {
    isOpen = false;
    closed();
  });
  return breaker;
}

type Settled<T> = { readonly value: T } | { readonly refusal: unknown };

/** The breaker takes a refusal for a success, which it is as far as it is concerned. */
function settle<T>(call: () => Promise<T>, isAnswer: (error: unknown) => boolean): Promise<Settled<T>> {
  return call().then(
    (value) => ({ value }),
    (error: unknown) => {
      if (isAnswer(error)) return { refusal: error };
      throw error;
    },
  );
}

function notAsked({ system, openMs }: BreakerOptions): OdooFailure {
  const reason = `${system} was away ${FAILURES} times in a row; it is asked again within ${Math.ceil(openMs / 1_000)} s`;
  return new OdooFailure('open', reason);
}
