import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { versionOf } from './version';

/** A registry of its own for each process, with its version and the process and event-loop figures in it. */
export function createMetrics(service: string, version = versionOf({})): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const help = '1, with the version that runs.';
  const build = new Gauge({ name: 'bridgecore_build_info', help, labelNames: ['version'], registers: [registry] });
  build.set({ version }, 1);
  return registry;
}
