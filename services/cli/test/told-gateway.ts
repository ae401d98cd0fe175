import { createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DeliveryView, SubscriptionView, ToldDelivery } from '../src/api/notify-shapes';
import { World } from '../src/context';
import { run } from '../src/run';

/** What a command line has said, and its exit code. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** One request that came. */
export interface Asked {
  readonly call: string;
  readonly key: string | undefined;
  readonly body: unknown;
}

/** An answer: a body with 200, or a status with its body. */
type Told = object | readonly [status: number, body: object];

/** What answers in place of a gateway: by `METHOD path`, one answer after the other, the last one again. */
export interface ToldGateway {
  readonly asked: readonly Asked[];
  readonly url: string;
  ran(...args: readonly string[]): Promise<Ran>;
  close(): Promise<void>;
}

export async function toldGateway(answers: Readonly<Record<string, readonly Told[]>>): Promise<ToldGateway> {
  const asked: Asked[] = [];
  const counts = new Map<string, number>();
  const server = createServer((req, res) => {
    void text(req).then((sent) => {
      const call = `${req.method ?? ''} ${req.url ?? ''}`;
      asked.push({ call, key: req.headers.authorization, body: sent === '' ? undefined : JSON.parse(sent) });
      const name = call in answers ? call : call.replace(/\?.*/, '');
      const known = answers[name] ?? [[404, { code: 'NOT_FOUND', detail: `There is no ${call}.` }]];
      const at = counts.get(name) ?? 0;
      counts.set(name, at + 1);
      const told = known[Math.min(at, known.length - 1)] ?? {};
      const [status, body] = Array.isArray(told) ? (told as [number, object]) : [200, told];
      res.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { BRIDGECORE_URL: url, BRIDGECORE_PUSH_URL: url, OPERATOR_API_KEY: 'k'.repeat(40), NO_COLOR: '1' };
  return {
    ...{ asked, url, ran: (...args) => ran(args, env) },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** One command line within this process. */
export async function ran(args: readonly string[], env: World['env'] = {}): Promise<Ran> {
  let [out, err] = ['', ''];
  const stream = (keep: (text: string) => void): World['out'] => ({
    write: (written) => {
      keep(written);
      return true;
    },
    once: () => undefined,
  });
  const code = await run(args, {
    ...{ env, stdin: { isTTY: false } as NodeJS.ReadStream, interrupted: new AbortController().signal },
    out: stream((written) => (out += written)),
    err: stream((written) => (err += written)),
  });
  return { code, out, err };
}

/** A subscription that is well. */
export function subscription(different: Partial<SubscriptionView> = {}): SubscriptionView {
  return {
    ...{ name: 'shop', origin: 'api', url: 'https://shop.example.com/hooks', filter: { models: ['sale.order'] } },
    ...{ body: 'recorded', ordered: false, rate_per_minute: null, state: 'active', paused_by: null, paused_at: null },
    ...{ pause_reason: null, failures: 0, failing_since: null, open_until: null },
    ...{ created_at: '2026-11-26T06:00:00.000Z', updated_at: '2026-11-26T06:00:00.000Z' },
    secrets: [{ id: '7', key_id: 'first', created_at: '2026-11-26T06:00:00.000Z', expires_at: null }],
    deliveries: { waiting: 0, dead: 0 },
    ...different,
  };
}

/** A delivery that was given up. */
export function delivery(different: Partial<DeliveryView> = {}): DeliveryView {
  return {
    ...{ id: '17', message_id: 'msg_00000000000040008000000000000017', subscription: 'shop', event_id: '26' },
    ...{ system: 'paris', model: 'sale.order', record_id: 42, state: 'dead', attempts: 12, next_attempt_at: null },
    ...{ last_status: 500, last_error: 'The receiver answered 500.', created_at: '2026-11-26T06:00:00.000Z' },
    closed_at: '2026-11-27T06:00:00.000Z',
    ...different,
  };
}

/** The same with a try that had this answer. */
export function told(answer: string, different: Partial<ToldDelivery> = {}): ToldDelivery {
  const tried = { at: '2026-11-26T06:00:01.000Z', duration_ms: 31, status: 500, outcome: 'refused', worker: 'host-1' };
  return { ...delivery(), attempt_log: [{ ...tried, error: 'The receiver answered 500.', answer }], ...different };
}
