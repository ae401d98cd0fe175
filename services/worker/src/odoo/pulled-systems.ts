import { Gauge, Registry } from 'prom-client';
import { DeclaredSystem } from '@bridgecore/contracts';
import { expandEnvironment, Log } from '@bridgecore/runtime';
import { PulledSystem } from '../pull/pull-run';
import { withBreaker } from './breaker';
import { createOdooClient, OdooClient } from './odoo-client';
import { withPageSize } from './page-size';

/** How Odoos are called, and who is told of it. */
export interface CallOptions {
  readonly timeoutMs: number;
  readonly breakerMs: number;
  readonly log: Log;
  readonly metrics: Registry;
}

/** The declared Odoos, each with a client of its own; an Odoo whose key is missing is an error at start. */
export function pulledSystems(systems: readonly DeclaredSystem[], options: CallOptions): Map<string, PulledSystem> {
  const isOpen = new Gauge({
    name: 'bridgecore_odoo_breaker_open',
    help: '1 while this worker takes an Odoo for away and does not pull it.',
    labelNames: ['system'],
    registers: [options.metrics],
  });
  return new Map(
    systems.map(({ id, url, webhook_api_key, sync_batch_size }) => {
      const client = createOdooClient({
        url,
        apiKey: expandEnvironment(webhook_api_key),
        timeoutMs: options.timeoutMs,
      });
      return [id, { id, odoo: guard(id, client, options, isOpen), limit: sync_batch_size }];
    }),
  );
}

/** The page size stands outside: the breaker is to see each call. */
function guard(system: string, client: OdooClient, { log, breakerMs }: CallOptions, isOpen: Gauge): OdooClient {
  isOpen.set({ system }, 0);
  const breaker = withBreaker(client, {
    system,
    openMs: breakerMs * 0.8, // a tick that comes just as long after must not find it open yet
    opened: (reason) => {
      isOpen.set({ system }, 1);
      log.warn('odoo.breaker_opened', { system, reason, seconds: breakerMs / 1_000 });
    },
    closed: () => {
      isOpen.set({ system }, 0);
      log.info('odoo.breaker_closed', { system });
    },
  });
  return withPageSize(breaker, system, log);
}
