import { join } from 'node:path';
import type { Plan } from './plan';
import type { ServiceProgram } from './service';

/** What the programs need to know of their surroundings. */
export interface ProgramContext {
  readonly root: string;
  readonly logs: string;
  readonly plan: Plan;
  readonly perMinute: number;
  /** The user's environment with the stores in it. */
  readonly env: Readonly<Record<string, string>>;
}

/** The order in which things end: first what brings new work. */
export const STOP_ORDER = ['simulator', 'gateway', 'scheduler', 'worker'];

/** Everything that `npm start` runs, and where each says that it is ready. */
export function programs(
  context: ProgramContext,
): Record<'gateway' | 'scheduler' | 'worker' | 'simulator', ServiceProgram> {
  const { ports } = context.plan;
  const health = (port: number): Record<string, string> => ({ HEALTH_PORT: String(port), HEALTH_HOST: '127.0.0.1' });
  return {
    gateway: service(context, 'gateway', { PORT: String(ports.gateway), OPERATOR_PORT: String(ports.operator) }),
    scheduler: service(context, 'scheduler', health(ports.scheduler)),
    // What becomes of each event is told at this level, and shown on the terminal.
    worker: service(context, 'worker', { ...health(ports.worker), LOG_LEVEL: 'debug' }),
    simulator: simulator(context),
  };
}

function service({ root, logs, plan, env }: ProgramContext, name: string, own: Record<string, string>): ServiceProgram {
  return {
    name,
    logs,
    script: join(root, 'services', name, 'dist/src/main.js'),
    env: { ...env, ...plan.settings, ...own },
  };
}

function simulator({ root, logs, plan, env, perMinute }: ProgramContext): ServiceProgram {
  const { ports, settings, pushKey } = plan;
  const push = `http://127.0.0.1:${ports.gateway}/api/v1/webhooks/receive`;
  // Its own seed each time: the same business again would be the same events again.
  const seed = Math.floor(Date.now() / 1_000) % 2 ** 32;
  const given = { port: ports.simulator, 'push-url': push, 'per-minute': perMinute, seed };
  return {
    name: 'simulator',
    logs,
    script: join(root, 'packages/devkit/dist/src/fake-odoo/main.js'),
    args: Object.entries(given).flatMap(([flag, value]) => [`--${flag}`, String(value)]),
    env: {
      ...env,
      FAKE_ODOO_API_KEY: settings.ODOO_WEBHOOK_API_KEY ?? '',
      FAKE_ODOO_PUSH_KEY: pushKey,
    },
  };
}
