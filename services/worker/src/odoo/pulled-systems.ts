import { Registry } from 'prom-client';
import { DeclaredSystem } from '@bridgecore/contracts';
import { createOdooClient, rpcAccess } from '@bridgecore/odoo';
import { expandEnvironment, Log } from '@bridgecore/runtime';
import { PulledSystem } from '../pull/pull-run';
import { Breaker, createBreaker, withBreaker } from './breaker';
import { meterOdoos, OdooMeter } from './odoo-meter';
import { withPageSize } from './page-size';
import { OpenOdoo, rpcOpener } from './open-rpc';

/** How Odoos are called, and who is told of it. */
export interface CallOptions {
  readonly timeoutMs: number;
  /** Of one RPC call, which may write a hundred records. */
  readonly rpcTimeoutMs?: number;
  readonly breakerMs: number;
  readonly log: Log;
  readonly metrics: Registry;
}

/** One Odoo with all that it is called by. */
export interface ConnectedSystem extends PulledSystem {
  /** Undefined when no credentials for RPC are declared. */
  readonly rpc: OpenOdoo | undefined;
}

/** The declared Odoos, each with clients of its own; an Odoo whose key is missing is an error at start. */
export function pulledSystems(systems: readonly DeclaredSystem[], options: CallOptions): Map<string, ConnectedSystem> {
  const meter = meterOdoos(options.metrics);
  return new Map(systems.map((system) => [system.id, connect(system, options, meter)]));
}

/** The page size stands outside: the breaker is to see each call. */
function connect(system: DeclaredSystem, options: CallOptions, meter: OdooMeter): ConnectedSystem {
  const { id, url, webhook_api_key, sync_batch_size } = system;
  const breaker = meter.counted(breakerOf(id, options, meter), id);
  const client = createOdooClient({ url, apiKey: expandEnvironment(webhook_api_key), timeoutMs: options.timeoutMs });
  meter.pageSize.set({ system: id }, sync_batch_size);
  const sized = (limit: number): void => {
    meter.pageSize.set({ system: id }, limit);
  };
  const odoo = withPageSize(withBreaker(meter.timed(client, id), breaker), id, options.log, sized);
  const access = rpcAccess(system, options.rpcTimeoutMs ?? options.timeoutMs);
  return { id, odoo, limit: sync_batch_size, rpc: access === undefined ? undefined : rpcOpener(access, breaker) };
}

function breakerOf(system: string, { log, breakerMs }: CallOptions, { breakerOpen: isOpen }: OdooMeter): Breaker {
  isOpen.set({ system }, 0);
  return createBreaker({
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
}
