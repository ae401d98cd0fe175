import { type FakeReceiver, DROP, mixture, OK, slow, status } from '../../src/fake-receiver/index';
import { until } from '../../src/until';
import { eventsOf, inOrder, Notified, type PushedEvent } from './notified';

const WORKERS = 3;
const RECORDS = 12;
const ROUNDS = 10;
/** What the receivers do when; another one is another run. */
const SEED = Number(process.env['NOTIFIED_SEED'] ?? 1);
const EVENTS = RECORDS * ROUNDS;
/** What a worker has in hand when it is killed is anybody's again after the time-out and 20 seconds. */
const PATIENT = { timeoutMs: 120_000 };
/** One of eight fails: seldom so often in a row that a delivery waits for long, or the breaker opens. */
const MOODY = mixture(OK, OK, OK, OK, OK, slow(30), slow(60), status(500));
const RUDE = mixture(OK, OK, OK, OK, OK, OK, OK, DROP);

describe(`${WORKERS} workers that are killed while ${EVENTS} events flow to moody receivers`, () => {
  let notified: Notified;
  let held: FakeReceiver;

  beforeAll(async () => {
    const env = { NOTIFY_BACKOFF_SECONDS: '1', NOTIFY_TIMEOUT_SECONDS: '2', NOTIFY_ATTEMPTS: '12' };
    notified = await Notified.start({ workers: WORKERS, workerEnv: env });
    await notified.subscribe('content', OK);
    await notified.subscribe('moody', MOODY, {}, SEED);
    await notified.subscribe('rude', RUDE, { body: 'changed' }, SEED + 1);
    await notified.subscribe('ordered', MOODY, { ordered: true }, SEED + 2);
    await notified.subscribe('half', slow(20), { filter: { models: ['x.even'] } });
    held = await notified.subscribe('held', slow(500), { filter: { models: ['x.odd'] } });
  }, 120_000);

  afterAll(() => notified.stop(), 60_000);

  /** Of each record one event after the other; the next begins when the one before was taken. */
  async function pushAll(): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) {
      await notified.push(Array.from({ length: RECORDS }, (_, n) => pushed(n + 1, round)));
    }
  }

  /** Kills each worker that there is while a receiver holds deliveries; others are started meanwhile. */
  async function crashAll(): Promise<void> {
    const starts: Promise<void>[] = [];
    for (let crash = 0; crash < WORKERS; crash += 1) {
      await until(() => held.counts.open > 0, { what: 'deliveries in hand', ...PATIENT });
      await notified.workers.crash('worker');
      starts.push(notified.workers.start('worker'));
      const begun = held.counts.received;
      await until(() => held.counts.received > begun || held.counts.open === 0, {
        what: 'another delivery',
        ...PATIENT,
      });
    }
    await Promise.all(starts);
  }

  it('every event reaches everyone who wants it, repeats have the same webhook-id, and records keep their order', async () => {
    await Promise.all([pushAll(), crashAll()]);
    await until(async () => (await notified.eventIds()).length === EVENTS, { what: 'all to be recorded', ...PATIENT });
    await until(async () => (await open()).length === 0, { what: 'all to be delivered', intervalMs: 200, ...PATIENT });

    expect(await lost()).toEqual([]);
    const all = await notified.eventIds();
    const wanted: Record<string, string[]> = {
      half: await notified.eventIds('x.even'),
      held: await notified.eventIds('x.odd'),
    };
    for (const [name, receiver] of notified.receivers) {
      expect([name, inOrder(eventsOf(receiver))]).toEqual([name, wanted[name] ?? all]);
      expect([name, receiver.unverified]).toEqual([name, []]);
      expect([name, idsOf(receiver)]).toEqual([name, await told(name)]);
    }
    expect(held.received.length).toBeGreaterThan(held.distinct.length); // else nobody was killed with one in hand
    expect(disorder(notified.receivers.get('ordered'))).toEqual([]);
  }, 240_000);

  const open = (): Promise<object[]> =>
    notified.rows(`select state, count(*) from deliveries where state <> 'delivered' group by state`);

  /** Events that a subscription wants and that have no delivery that is delivered; the filters are told anew here. */
  const lost = (): Promise<object[]> =>
    notified.rows(`
      select s.name, e.id from webhook_events e cross join subscriptions s
       where (s.name not in ('half', 'held') or e.model = case s.name when 'half' then 'x.even' else 'x.odd' end)
         and not exists (select from deliveries d
                          where d.event_id = e.id and d.subscription_id = s.id and d.state = 'delivered')`);

  /** Which webhook-id belongs to each event of a subscription. */
  async function told(name: string): Promise<Record<string, string[]>> {
    const rows = await notified.rows<{ event_id: string; message_id: string }>(`
      select d.event_id, 'msg_' || replace(d.message_id::text, '-', '') as message_id
        from deliveries d join subscriptions s on s.id = d.subscription_id where s.name = '${name}'`);
    return Object.fromEntries(rows.map(({ event_id, message_id }) => [event_id, [message_id]]));
  }
});

function pushed(record: number, round: number): PushedEvent {
  const model = record % 2 === 0 ? 'x.even' : 'x.odd';
  return { model, record_id: record, event_id: `e-${record}-${round}`, data: { id: record, round } };
}

/** By which webhook-ids each event came, all tries counted. */
function idsOf({ received }: FakeReceiver): Record<string, string[]> {
  const ids: Record<string, string[]> = {};
  for (const { id, body } of received) {
    const event = String(body.data['id']);
    ids[event] = [...new Set([...(ids[event] ?? []), id])];
  }
  return ids;
}

/** The records whose events were first accepted in another order than that in which they were recorded. */
function disorder(receiver: FakeReceiver | undefined): unknown[] {
  const last = new Map<unknown, number>();
  const accepted = receiver?.distinct ?? [];
  return accepted.flatMap(({ body: { data } }) => {
    const [record, id] = [data['record_id'], Number(data['id'])];
    const isLate = id < (last.get(record) ?? 0);
    last.set(record, id);
    return isLate ? [{ record, id }] : [];
  });
}
