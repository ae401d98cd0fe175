import { collectDefaultMetrics, Registry } from 'prom-client';

/** A registry of its own for each process, with the process and event-loop figures in it. */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}
