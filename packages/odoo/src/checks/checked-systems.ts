import { DeclaredSystem, RpcCheck } from '@bridgecore/contracts';
import { expandEnvironment } from '@bridgecore/runtime';
import { createOdooProbe, OdooProbe } from '../odoo-probe';

/** One Odoo, with what it takes to look at it. */
export interface CheckedSystem {
  readonly declared: DeclaredSystem;
  readonly probe: OdooProbe;
}

/** Asks an Odoo's external API whether it accepts the key; asked only of systems that have an `api_key`. */
export type CheckRpc = (system: DeclaredSystem) => Promise<RpcCheck>;

/** The declared Odoos, each with questions of its own. */
export function checkedSystems(systems: readonly DeclaredSystem[], timeoutMs: number): CheckedSystem[] {
  return systems.map((declared) => {
    const apiKey = expandEnvironment(declared.webhook_api_key);
    return { declared, probe: createOdooProbe({ url: declared.url, apiKey, timeoutMs }) };
  });
}
