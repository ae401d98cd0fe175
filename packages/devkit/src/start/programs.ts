import { join } from 'node:path';
import type { Plan } from './plan';
import type { ServiceProgram } from './service';
import { RPC_LOGIN, type SimulatedOdoo } from './simulated';

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
export const STOP_ORDER = ['simulator', 'simulator-b', 'gateway', 'scheduler', 'worker'];

/** The three services. */
export function programs(context: ProgramContext): Record<'gateway' | 'scheduler' | 'worker', ServiceProgram> {
  const { ports } = context.plan;
  const health = (port: number): Record<string, string> => ({ HEALTH_PORT: String(port), HEALTH_HOST: '127.0.0.1' });
  return {
    gateway: service(context, 'gateway', { PORT: String(ports.gateway), OPERATOR_PORT: String(ports.operator) }),
    scheduler: service(context, 'scheduler', health(ports.scheduler)),
    // What becomes of each event is told at this level, and shown on the terminal.
    worker: service(context, 'worker', { ...health(ports.worker), LOG_LEVEL: 'debug' }),
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

/** A simulated Odoo. */
export function simulator(
  { root, logs, plan, env, perMinute }: ProgramContext,
  { program, id, port, version, isEmpty, keys }: SimulatedOdoo,
): ServiceProgram {
  const push = `http://127.0.0.1:${plan.ports.gateway}/api/v1/webhooks/receive`;
  // Its own seed each time: the same business again would be the same events again.
  const seed = Math.floor(Date.now() / 1_000) % 2 ** 32;
  const given = { port, 'push-url': push, 'per-minute': isEmpty ? 0 : perMinute, seed };
  const rpc = { 'rpc-version': version, 'rpc-db': id, 'rpc-login': RPC_LOGIN };
  return {
    name: program,
    logs,
    script: join(root, 'packages/devkit/dist/src/fake-odoo/main.js'),
    args: [
      ...Object.entries({ ...given, ...rpc }).flatMap(([flag, value]) => [`--${flag}`, String(value)]),
      ...(isEmpty ? ['--empty'] : []),
    ],
    env: {
      ...env,
      FAKE_ODOO_API_KEY: keys.simulator,
      FAKE_ODOO_PUSH_KEY: keys.push,
      FAKE_ODOO_RPC_KEY: keys.rpc,
    },
  };
}
