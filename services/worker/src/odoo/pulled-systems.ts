import { OdooSystem } from '@bridgecore/contracts';
import { expandEnvironment } from '@bridgecore/runtime';
import { PulledSystem } from '../pull/pull-run';
import { createOdooClient } from './odoo-client';

/** The declared Odoos, each with a client; an Odoo whose key is missing is an error at start. */
export function pulledSystems(systems: readonly Required<OdooSystem>[], timeoutMs: number): Map<string, PulledSystem> {
  return new Map(
    systems.map(({ id, url, webhook_api_key, sync_batch_size }) => {
      const apiKey = expandEnvironment(webhook_api_key);
      return [id, { id, odoo: createOdooClient({ url, apiKey, timeoutMs }), limit: sync_batch_size }];
    }),
  );
}
