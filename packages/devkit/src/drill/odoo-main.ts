import { FakeOdoo } from '../fake-odoo/index';
import { seeded } from '../fake-odoo/random';
import type { OdooAnswer, OdooOrder, OdooSetup } from './odoo-process';
import { OdooLoad } from './odoo-load';

/** A simulated Odoo as a process of its own, which does what the drill asks over IPC. */
function answer(result: OdooAnswer): void {
  process.send?.(result);
}

async function open({ seed, apiKey, pushUrl, pushKey, latencyMs }: OdooSetup): Promise<OdooLoad> {
  const push = { url: pushUrl, auth: { type: 'bearer', token: pushKey } as const, timeoutMs: 3_000 };
  const odoo = new FakeOdoo({ apiKey, seed, push, instantTimeoutMs: 3_000, history: 5_000, concurrency: 16 });
  odoo.setFaults({ latencyMs }); // a real Odoo takes its time; a run that is always under way is met by every fault
  answer({ kind: 'open', url: await odoo.listen() });
  return new OdooLoad(odoo, seeded(seed + 7));
}

let load: OdooLoad | undefined;

async function follow(order: OdooOrder): Promise<void> {
  if (order.kind === 'open') load = await open(order);
  else if (order.kind === 'load') load?.start(order.perSecond);
  else if (order.kind === 'stop') {
    await load?.stop();
    answer({ kind: 'stopped' });
  } else answer({ kind: 'ledger', changes: load?.ledger() ?? [] });
}

process.on('message', (order: OdooOrder) => {
  follow(order).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});
process.on('disconnect', () => process.exit(0));
