import { notifyCommands } from './notify';
import type { Plan } from './plan';
import type { SimulatedOdoo } from './simulated';
import { syncCommands } from './sync-commands';
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
    ...[...notifyCommands(plan.settings, directory), ...syncCommands(plan)].flatMap(([title, command]) => [
      heading(title),
      command,
    ]),
    heading('Ask how everything is, and where an event has gone'),
    '  npm run --silent bridgecore -- doctor',
    '  npm run --silent bridgecore -- why sale.order 42',
    '',
    `  Logs are in ${directory}/logs, data in ${directory}. Ctrl-C stops everything.`,
    heading(whatFollows(plan)),
  ].join('\n');
}

function whatFollows({ simulated }: Plan): string {
  if (simulated.length === 0) return 'Events as they go through';
  if (simulated.length > 1) return 'Events and syncs as they go through, of two simulated Odoos';
  return 'Events as they go through, from a simulated Odoo (set ODOO_URL for a real one)';
}

function addresses({ ports, simulated }: Plan, env: Surroundings['env']): [string, string][] {
  const local = (port: number, path: string): string => `http://127.0.0.1:${port}${path}`;
  return [
    ['Odoo pushes to', local(ports.gateway, '/api/v1/webhooks/receive')],
    ['gateway health', local(ports.gateway, '/health/ready')],
    ['operator API', local(ports.operator, '/api/v1/events')],
    ['gateway metrics', local(ports.operator, '/metrics')],
    ['scheduler', `${local(ports.scheduler, '/health/ready')} and /metrics`],
    ['worker', `${local(ports.worker, '/health/ready')} and /metrics`],
    ...simulated.map((odoo): [string, string] => ['simulated Odoo', `${local(odoo.port, '')}  ${inWords(odoo)}`]),
    ...(simulated.length > 0
      ? []
      : [['Odoo', env.ODOO_URL || `as ${env.SYSTEMS_FILE ?? ''} says`] as [string, string]]),
  ];
}

function inWords({ id, version, isEmpty }: SimulatedOdoo): string {
  return `${id}, Odoo ${version}${isEmpty ? ', empty' : ''}`;
}

/** Each call is an event of its own, since its id holds the time. */
function pushCommand({ ports, made, simulated: [first, second] }: Plan, env: Surroundings['env']): string {
  const own = second === undefined ? made.WEBHOOK_PUSH_API_KEY : first?.keys.push;
  const key = own ?? (env.WEBHOOK_PUSH_API_KEY ? '$WEBHOOK_PUSH_API_KEY' : '$YOUR_PUSH_KEY');
  const event = `{"model":"sale.order","record_id":42,"event":"write","event_id":"try-'$(date +%s)'","data":{"name":"S00042","state":"sale"}}`;
  return [
    `  curl -s -H "Authorization: Bearer ${key}" -H 'Content-Type: application/json' \\`,
    `    -d '${event}' \\`,
    `    http://127.0.0.1:${ports.gateway}/api/v1/webhooks/receive`,
  ].join('\n');
}

function listCommand(plan: Plan, env: Surroundings['env']): string {
  return `  curl -s -H "Authorization: Bearer ${operatorKey(plan, env)}" "http://127.0.0.1:${plan.ports.operator}/api/v1/events?model=sale.order&record_id=42"`;
}

function operatorKey({ made }: Plan, env: Surroundings['env']): string {
  return made.OPERATOR_API_KEY ?? (env.OPERATOR_API_KEY ? '$OPERATOR_API_KEY' : '$YOUR_OPERATOR_KEY');
}
