import { REPLAY_CHUNK } from '../src/deliveries/change-deliveries';
import { QUERIES } from '../src/why/recorded-record';
import { openRecordedEvents, RecordedEvents } from './recorded-events';
import { addSubscription } from './written-deliveries';

let recorded: RecordedEvents;

beforeAll(async () => {
  recorded = await openRecordedEvents();
  for (const name of ['shop', 'erp', 'bi', 'crm']) await addSubscription(recorded.source, { name });
  await recorded.source.query(FILL);
  await recorded.source.query('analyze deliveries, subscriptions');
}, 60_000);
afterAll(() => recorded.drop());

/** 10,000 events for four subscriptions, in a line for each record; one in a hundred waits, and one in ten is dead. */
const FILL = `
  insert into deliveries (subscription_id, event_id, system, model, record_id, ordered, state)
  select 1 + n % 4, n / 4, 'odoo', 'sale.order', n / 40, true,
         case when n % 100 = 1 then 'waiting' when n % 10 = 3 then 'dead' else 'delivered' end
    from generate_series(0, 39999) as n;`;

async function plan(sql: string, values: unknown[]): Promise<string> {
  const rows = await recorded.source.query<{ 'QUERY PLAN': string }[]>(`explain ${sql}`, values);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

describe('deliveries are found', () => {
  it('by indexes alone: those of events, and what each waits behind', async () => {
    const found = await plan(QUERIES.deliveries, [['29', '30'], 50]);

    expect(found).toContain('Index Scan using deliveries_once');
    expect(found).toContain('Index Scan using deliveries_line on deliveries earlier');
    expect(found).not.toContain('Seq Scan on deliveries');
  });

  it.each([
    ['all that are dead', [null, null, null, null, null]],
    ['those of a subscription', [null, 'erp', null, null, null]],
    ['those of a system', ['odoo', null, null, null, null]],
  ])('in the order of an index, chunk by chunk, to be replayed: %s', async (_, filter) => {
    const found = await plan(REPLAY_CHUNK, [...filter, '1', '2000', 100]);

    expect(found).toContain('deliveries_dead');
    expect(found).toContain('deliveries_pkey');
    expect(found).not.toContain('Seq Scan on deliveries');
  });
});
