import { DeclaredSystem, SystemFindings } from '@bridgecore/contracts';
import { isTrouble, OdooFailure, OdooTrouble } from '../odoo-failure';
import { CheckRpc } from './checked-systems';
import { problemOf, rpcProblems } from './problems';

/** What a look at RPC has found. */
export interface RpcFindings {
  readonly rpc: SystemFindings['rpc'];
  readonly problems: readonly string[];
}

const ABORTED: ReadonlySet<OdooTrouble> = new Set(['aborted']);

/** Looks at the external API of a system that has a key for it, within a time. */
export async function checkRpc(
  declared: DeclaredSystem,
  ask: CheckRpc | undefined,
  timeoutMs: number,
): Promise<RpcFindings> {
  if (declared.api_key === undefined) return { rpc: { configured: false }, problems: [] };
  if (ask === undefined) return { rpc: null, problems: [] };
  try {
    const found = await inTime(ask(declared), timeoutMs);
    return { rpc: { configured: true, ...found }, problems: rpcProblems(found, Date.now()) };
  } catch (error) {
    if (!(error instanceof OdooFailure) || isTrouble(error, ABORTED)) throw error;
    return { rpc: null, problems: [problemOf(error)] };
  }
}

async function inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const reason = `Odoo's external API (RPC) has not answered within ${timeoutMs / 1_000} s.`;
    timer = setTimeout(() => {
      reject(new OdooFailure('timeout', reason));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
