import { Gauge, Registry } from 'prom-client';
import { Check } from './health';

const VALUES: Readonly<Record<string, number>> = { up: 1, down: 0, degraded: 0 };

/** Shows what readiness looks at, as it is at each scrape; what is added to `checks` later is shown from then on. */
export function showReadiness(registry: Registry, checks: Readonly<Record<string, Check>>): void {
  const collect = function (this: Gauge<'check'>): void {
    this.reset();
    for (const [check, look] of Object.entries(checks)) {
      const value = VALUES[look()];
      if (value !== undefined) this.set({ check }, value); // another state is not one of what is looked at
    }
  };
  const help = 'What readiness looks at: 1 when it is up, 0 when it is down or degraded.';
  new Gauge({ name: 'bridgecore_check_up', help, labelNames: ['check'], registers: [registry], collect });
}

/** Shows that the process is about to end. */
export function showShutdown(registry: Registry, shutdown: { readonly hasBegun: boolean }): void {
  const collect = function (this: Gauge): void {
    this.set(Number(shutdown.hasBegun));
  };
  new Gauge({
    name: 'bridgecore_shutting_down',
    help: '1 from the signal to end on.',
    registers: [registry],
    collect,
  });
}
