import { parseArgs } from 'node:util';

/** What the process is told; keys may come by environment, so that the process list does not show them. */
export interface Args {
  readonly port: number;
  readonly host: string;
  readonly apiKey: string;
  readonly pushUrl: string | undefined;
  readonly pushKey: string | undefined;
  readonly pushAuth: 'bearer' | 'basic' | 'api_key' | 'none';
  readonly perMinute: number;
  readonly scheduledEverySeconds: number;
  readonly webShare: number;
  readonly seed: number;
  /** Without the partners and products of its first day. */
  readonly isEmpty: boolean;
  readonly rpc: { readonly version: 18 | 19; readonly database: string; readonly login: string; readonly key: string };
}

/** A command line that makes no sense; the message says what to change. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const HELP = `Simulates one company's Odoo with the auto_webhook addon: makes business events, pushes them,
serves /api/webhooks/pull and takes acknowledgements. Prints {"ready":true,"url":"…"} when it listens.

  --port N                       where to listen; 0 (default) takes a free port
  --host H                       127.0.0.1 by default
  --api-key K                    what pulls must show; or FAKE_ODOO_API_KEY
  --push-url URL                 where to push to; without it there is only the pull
  --push-key K                   what pushes show; or FAKE_ODOO_PUSH_KEY
  --push-auth KIND               bearer (default), basic, api_key or none
  --per-minute N                 business events per minute; 30 by default, 0 makes none by itself
  --scheduled-every-seconds N    how often the scheduled job runs; 60 by default, as in Odoo
  --web-share X                  share of changes made in the web client, pushed twice; 0.7 by default
  --rpc-version N                which Odoo answers /jsonrpc, and /json/2 from 19 on: 18 (default) or 19
  --rpc-db NAME                  its database; odoo by default
  --rpc-login L                  who may log in by RPC; admin by default
  --rpc-key K                    with what; or FAKE_ODOO_RPC_KEY; the --api-key by default
  --seed N                       the same seed, the same business; 1 by default
  --empty                        begins without the partners and products that it has otherwise
  --help                         this text

While it runs, from this machine only:
  GET  /__control/state          what there is, what was pushed, what was asked
  POST /__control/events         {"count":100,"push":"all"}, or "none", or a share like 0.5
  POST /__control/faults         {"path":"pull","status":503,"times":3}; {} ends all faults. Members: path, times,
                                 latencyMs, status, retryAfter, hang, reset, afterWork, errorText, refuseIds, notJson,
                                 and, done once: resetDatabase, holdBack, commitHeldBack. Paths: pull,
                                 mark-processed, stats, health, rpc
  GET  /__control/records        ?model=res.partner: all of them, as RPC reads them
  POST /__control/records        {"model":"res.partner","rows":[{"name":"Ann"}]}: were there before, no events
  POST /__control/edit           {"model":"res.partner","id":7,"values":{"city":"Bonn"}}: in the web client
`;

const OPTIONS = {
  port: { type: 'string', default: '0' },
  host: { type: 'string', default: '127.0.0.1' },
  'api-key': { type: 'string' },
  'push-url': { type: 'string' },
  'push-key': { type: 'string' },
  'push-auth': { type: 'string', default: 'bearer' },
  'per-minute': { type: 'string', default: '30' },
  'scheduled-every-seconds': { type: 'string', default: '60' },
  'web-share': { type: 'string', default: '0.7' },
  seed: { type: 'string', default: '1' },
  'rpc-version': { type: 'string', default: '18' },
  'rpc-db': { type: 'string', default: 'odoo' },
  'rpc-login': { type: 'string', default: 'admin' },
  'rpc-key': { type: 'string' },
  empty: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Reads the command line and the keys of the environment; undefined asks for the help. */
export function readArgs(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Args | undefined {
  const values = parse(argv);
  if (values.help) return undefined;
  const apiKey = values['api-key'] ?? env['FAKE_ODOO_API_KEY'] ?? '';
  if (apiKey === '')
    throw new UsageError('--api-key or FAKE_ODOO_API_KEY is needed: Odoo answers nobody without a key');
  return {
    port: number('port', values.port, 0, 65_535, true),
    host: values.host,
    apiKey,
    pushUrl: values['push-url'] === undefined ? undefined : httpUrl(values['push-url']),
    pushKey: values['push-key'] ?? env['FAKE_ODOO_PUSH_KEY'],
    pushAuth: authKind(values['push-auth']),
    perMinute: number('per-minute', values['per-minute'], 0, 600_000),
    scheduledEverySeconds: number('scheduled-every-seconds', values['scheduled-every-seconds'], 0.1, 86_400),
    webShare: number('web-share', values['web-share'], 0, 1),
    seed: number('seed', values.seed, 0, 4_294_967_295, true),
    isEmpty: values.empty,
    rpc: {
      version: rpcVersion(values['rpc-version']),
      database: values['rpc-db'],
      login: values['rpc-login'],
      key: values['rpc-key'] ?? env['FAKE_ODOO_RPC_KEY'] ?? apiKey,
    },
  };
}

function parse(argv: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'] {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function number(flag: string, text: string, from: number, to: number, isWhole = false): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (value >= from && value <= to && (!isWhole || Number.isInteger(value))) return value;
  throw new UsageError(
    `--${flag} takes ${isWhole ? 'a whole number' : 'a number'} from ${from} to ${to}, not '${text}'`,
  );
}

function rpcVersion(text: string): 18 | 19 {
  if (text === '18' || text === '19') return text === '18' ? 18 : 19;
  throw new UsageError(`--rpc-version takes 18 or 19, not '${text}'`);
}

function httpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text;
  throw new UsageError(`--push-url takes an http or https address, not '${text}'`);
}

function authKind(text: string): Args['pushAuth'] {
  if (text === 'bearer' || text === 'basic' || text === 'api_key' || text === 'none') return text;
  throw new UsageError(`--push-auth takes bearer, basic, api_key or none, not '${text}'`);
}
