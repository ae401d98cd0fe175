import { Probed } from '../odoo-probe';
import { isTrouble, OdooFailure, OdooTrouble } from '../odoo-failure';
import { checkRpc } from './check-rpc';
import { CheckedSystem, CheckRpc } from './checked-systems';
import { judge, Outcome, SystemCheck } from './judge';

/** How a system is looked at. */
export interface CheckOptions {
  readonly skewWarnSeconds: number;
  /** Of the look at RPC; the other calls have theirs. */
  readonly timeoutMs: number;
  readonly rpc: CheckRpc | undefined;
  /** Aborted when the worker is to end. */
  readonly ended: AbortSignal;
  /** Told of each call that failed. */
  readonly failed: (failure: OdooFailure) => Promise<unknown>;
}

/** Who cannot answer one question is not asked another. */
const AWAY: ReadonlySet<OdooTrouble> = new Set(['unreachable', 'timeout', 'limited', 'overloaded']);

const ABORTED: ReadonlySet<OdooTrouble> = new Set(['aborted']);

/**
 * Looks at one Odoo: its health, which needs no key; then the key, and RPC meanwhile. A call that fails is a finding;
 * throws when the worker is to end.
 */
export async function checkSystem({ declared, probe }: CheckedSystem, options: CheckOptions): Promise<SystemCheck> {
  const { ended, skewWarnSeconds } = options;
  const health = await settle(() => probe.health(ended), options);
  if ('failure' in health && isTrouble(health.failure, AWAY)) return judge({ health }, skewWarnSeconds);
  const [key, rpc] = await Promise.all([
    settle(() => probe.statistics(ended), options),
    checkRpc(declared, options.rpc, options.timeoutMs),
  ]);
  return judge({ health, key, rpc }, skewWarnSeconds);
}

async function settle(call: () => Promise<Probed>, { failed }: CheckOptions): Promise<Outcome> {
  try {
    return { probed: await call() };
  } catch (error) {
    if (!(error instanceof OdooFailure) || isTrouble(error, ABORTED)) throw error;
    await failed(error);
    return { failure: error };
  }
}
