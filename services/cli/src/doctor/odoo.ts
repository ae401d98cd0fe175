import { DeclaredSystem, SystemFindings } from '@bridgecore/contracts';
import { checkedSystems, checkSystem, rpcAsker, SystemCheck } from '@bridgecore/odoo';
import { clockInWords } from '../commands/systems';
import { counted } from '../text/prose';
import { Check, Found } from './check';

const TIMEOUT_MS = 15_000;
const CALL_MS = 6_000;

/** Each declared Odoo, looked at from here as the worker does. */
export function odooChecks(systems: readonly DeclaredSystem[], skewWarnSeconds: number): Check[] {
  return systems.map((system) => ({
    id: `odoo-${system.id}`,
    title: `Odoo ${system.id}`,
    timeoutMs: TIMEOUT_MS,
    look: async (ended) => {
      const [checked] = checkedSystems([system], CALL_MS);
      if (checked === undefined) throw new Error('It is not declared.');
      const failed = (): Promise<void> => Promise.resolve();
      const options = { skewWarnSeconds, timeoutMs: CALL_MS, rpc: rpcAsker(CALL_MS), ended, failed };
      return foundIn(await checkSystem(checked, options));
    },
  }));
}

const MARKS = { ok: 'ok', degraded: 'failed', down: 'failed' } as const;

/** What a check of an Odoo means, on a line. */
export function foundIn({ state, findings }: SystemCheck): Found {
  const { problems } = findings;
  return { mark: isOnlyClock(findings) ? 'warning' : MARKS[state], text: inWords(findings), more: problems };
}

/** Events arrive all the same; only their times mislead. */
function isOnlyClock({ problems, key_accepted: isAccepted }: SystemFindings): boolean {
  return isAccepted === true && problems.length === 1 && (problems[0]?.startsWith('Its clock') ?? false);
}

function inWords(findings: SystemFindings): string {
  const {
    reachable,
    key_accepted: accepted,
    addon_version: version,
    clock_skew_seconds: skew,
    pending_events: pending,
    rpc,
  } = findings;
  if (!reachable) return 'cannot be reached, or is no Odoo with the addon';
  const key = accepted === null ? 'key not looked at' : accepted ? 'key accepted' : 'key refused';
  return [
    key,
    ...(version === null ? [] : [`addon ${version}`]),
    `clock ${clockInWords(skew)}`,
    ...(pending === null ? [] : [`${counted(pending, 'event')} held`]),
    rpcInWords(rpc),
  ].join(', ');
}

function rpcInWords(rpc: SystemFindings['rpc']): string {
  if (rpc === null) return 'RPC not known';
  if (!rpc.configured) return 'no RPC';
  return rpc.accepted ? `RPC accepted (Odoo ${rpc.version ?? '?'})` : 'RPC refused';
}
