import type { Plan } from './plan';
import type { Paint } from './terminal';

interface Surroundings {
  readonly plan: Plan;
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly paint: Paint;
}

/** What to know and what to try next, when everything is up. */
export function banner({ plan, directory, env, paint }: Surroundings): string {
  const heading = (text: string): string => `\n${paint('bold', text)}`;
  const made = Object.entries(plan.made).map(([name, key]) => `  ${name}=${key}`);
  return [
    heading('BridgeCore is up.'),
    ...addresses(plan, env).map(([name, url]) => `  ${name.padEnd(20)} ${url}`),
    ...(made.length > 0 ? [heading('Keys made for you (kept for the next start)'), ...made] : []),
    heading('Push an event, as Odoo does'),
    pushCommand(plan, env),
    heading('List what was recorded'),
    listCommand(plan, env),
    '',
    `  Logs are in ${directory}/logs, data in ${directory}. Ctrl-C stops everything.`,
    heading(
      plan.simulates
        ? 'Events as they go through, from a simulated Odoo (set ODOO_URL for a real one)'
        : 'Events as they go through',
    ),
  ].join('\n');
}

function addresses({ ports, simulates }: Plan, env: Surroundings['env']): [string, string][] {
  const local = (port: number, path: string): string => `http://127.0.0.1:${port}${path}`;
  return [
    ['Odoo pushes to', local(ports.gateway, '/api/v1/webhooks/receive')],
    ['gateway health', local(ports.gateway, '/health/ready')],
    ['operator API', local(ports.operator, '/api/v1/events')],
    ['gateway metrics', local(ports.operator, '/metrics')],
    ['scheduler', `${local(ports.scheduler, '/health/ready')} and /metrics`],
    ['worker', `${local(ports.worker, '/health/ready')} and /metrics`],
    simulates
      ? ['simulated Odoo', local(ports.simulator, '')]
      : ['Odoo', env.ODOO_URL || `as ${env.SYSTEMS_FILE ?? ''} says`],
  ];
}

/** Each call is an event of its own, since its id holds the time. */
function pushCommand({ ports, made }: Plan, env: Surroundings['env']): string {
  const key = made.WEBHOOK_PUSH_API_KEY ?? (env.WEBHOOK_PUSH_API_KEY ? '$WEBHOOK_PUSH_API_KEY' : '$YOUR_PUSH_KEY');
  const event = `{"model":"sale.order","record_id":42,"event":"write","event_id":"try-'$(date +%s)'","data":{"name":"S00042","state":"sale"}}`;
  return [
    `  curl -s -H "Authorization: Bearer ${key}" -H 'Content-Type: application/json' \\`,
    `    -d '${event}' \\`,
    `    http://127.0.0.1:${ports.gateway}/api/v1/webhooks/receive`,
  ].join('\n');
}

function listCommand({ ports, made }: Plan, env: Surroundings['env']): string {
  const key = made.OPERATOR_API_KEY ?? (env.OPERATOR_API_KEY ? '$OPERATOR_API_KEY' : '$YOUR_OPERATOR_KEY');
  return `  curl -s -H "Authorization: Bearer ${key}" "http://127.0.0.1:${ports.operator}/api/v1/events?model=sale.order&record_id=42"`;
}
