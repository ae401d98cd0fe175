import { FakeOdoo } from '../src/fake-odoo/index';
import { ask, Clock } from './fake-odoo-help';

const NOWHERE = { url: 'http://127.0.0.1:9/' }; // never pushed to in these tests

async function pulledIds(odoo: FakeOdoo, cursor: number): Promise<number[]> {
  const path = `${odoo.url}/api/webhooks/pull?last_event_id=${cursor}`;
  const { body } = await ask(path, { headers: { 'X-API-Key': 'k' } });
  return (JSON.parse(body) as { events: { id: number }[] }).events.map(({ id }) => id);
}

describe('a transaction of the fake Odoo', () => {
  it('gives push and pull ids of two sequences that drift apart', () => {
    const odoo = new FakeOdoo({ push: NOWHERE, gapRate: 0.2 });

    const written = Array.from({ length: 200 }, () => odoo.commit({ model: 'sale.order' })).flat();

    const distances = new Set(written.map(({ pullId, pushId = 0 }) => pullId - pushId));
    expect(distances.size).toBeGreaterThan(5);
    expect(new Set(written.map(({ pullId }) => pullId)).size).toBe(200);
    expect(written.at(-1)?.pullId).toBeGreaterThan(200);
  });

  it('gives one instant to all its rows: seconds for the event, microseconds for the record', () => {
    const odoo = new FakeOdoo({ push: NOWHERE, lateTimestampRate: 0 });

    const [order, move] = odoo.commit([{ model: 'sale.order' }, { model: 'stock.move' }]);

    expect(order?.pull.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
    expect(order?.pull.payload['write_date']).toMatch(/T\d\d:\d\d:\d\d\.\d{6}$/);
    expect(move?.pull.payload['write_date']).toBe(order?.pull.payload['write_date']);
    expect(order?.pushes[0]?.timestamp).toBe(order?.pull.timestamp);
  });

  it('can say one second more in the push than in the pull', () => {
    const clock = new Clock();
    const odoo = new FakeOdoo({ push: NOWHERE, lateTimestampRate: 1, now: clock.now });

    const [written] = odoo.commit({ model: 'sale.order' });

    expect([written?.pull.timestamp, written?.pushes[0]?.timestamp]).toEqual([
      '2026-11-23T06:22:00',
      '2026-11-23T06:22:01',
    ]);
  });

  it('keeps what a record was: create_date, and fields that are not written', () => {
    const clock = new Clock();
    const odoo = new FakeOdoo({ now: clock.now });
    const [created] = odoo.commit({ model: 'sale.order', fields: { name: 'S1', client_order_ref: 'A' } });
    clock.forward(60_000);

    const [written] = odoo.commit({ model: 'sale.order', recordId: created?.recordId ?? 0, fields: { state: 'sale' } });

    const payload = written?.pull.payload ?? {};
    expect(payload).toMatchObject({ name: 'S1', client_order_ref: 'A', state: 'sale', _changed_fields: ['state'] });
    expect(payload['create_date']).toBe(created?.pull.payload['create_date']);
    expect(payload['write_date']).not.toBe(payload['create_date']);
  });

  it.each(['account.move', 'hr.employee'])('reports the creation of %s as write', (model) => {
    const [written] = new FakeOdoo({ push: NOWHERE }).commit({ model });

    expect(written?.event).toBe('write');
    expect(written?.pull.payload['_changed_fields']).not.toHaveLength(0);
  });

  it('cuts relations at 50', () => {
    const lines = Array.from({ length: 60 }, (_, id) => ({ id, name: `line ${id}` }));

    const [written] = new FakeOdoo().commit({ model: 'sale.order', fields: { order_line: lines } });

    expect(written?.pull.payload['order_line']).toHaveLength(50);
  });

  it('follows the rules out of the box: no deletions, no order lines', () => {
    const odoo = new FakeOdoo({ push: NOWHERE });

    const written = odoo.commit([
      { model: 'sale.order', recordId: 7, operation: 'unlink' },
      { model: 'sale.order.line' },
      { model: 'account.journal' },
      { model: 'account.payment' },
    ]);

    expect(written.map(({ pull, pushes }) => [pull.model, pull.priority, pull.category, pushes[0]?.priority, pushes[0]?.category]))
      .toEqual([
        ['account.journal', 'medium', 'business', 'low', 'system'],
        ['account.payment', 'high', 'business', 'high', 'business'],
      ]); // prettier-ignore
  });

  it('pulls a deletion by rule, pushes one by configuration', () => {
    const operations = ['create', 'write', 'unlink'] as const;
    const odoo = new FakeOdoo({
      push: NOWHERE,
      tracking: [
        { model: 'sale.order', operations },
        { model: 'res.partner', operations, path: 'config', instant: true, priority: 'high' },
        { model: 'product.template', operations, path: 'config', instant: false },
      ],
    });

    const written = ['sale.order', 'res.partner', 'product.template'].flatMap((model) =>
      odoo.commit({ model, recordId: 3, operation: 'unlink' }),
    );

    expect(written.map(({ event, pushId }) => [event, pushId !== undefined])).toEqual([
      ['unlink', false],
      ['unlink', true],
      ['unlink', false],
    ]);
    expect(written[1]?.pull.payload['_metadata']).toMatchObject({ operation: 'unlink' });
  });

  it('writes a push row for each subscriber and one pull row', () => {
    const [written] = new FakeOdoo({ push: [NOWHERE, NOWHERE] }).commit({ model: 'sale.order' });

    expect(written?.pushes.map(({ subscriber_id: id }) => id)).toEqual([1, 2]);
  });

  it('writes no push row when nobody is to be told', () => {
    const odoo = new FakeOdoo({ push: NOWHERE });

    const [written] = odoo.commit({ model: 'sale.order' }, { push: false });

    expect(written?.pushId).toBeUndefined();
    expect(odoo.pushRows()).toEqual([]);
  });
});

describe('a transaction that is held back', () => {
  let odoo: FakeOdoo;

  beforeEach(async () => {
    odoo = new FakeOdoo({ apiKey: 'k', push: NOWHERE, gapRate: 0 });
    await odoo.listen();
  });
  afterEach(() => odoo.close());

  it('becomes visible late, with a lower id, which a cursor never meets', async () => {
    const late = odoo.holdBack({ model: 'sale.order' });
    odoo.commit({ model: 'res.partner' });
    const before = await pulledIds(odoo, 0);

    const [written] = late.commit();

    expect([before, await pulledIds(odoo, 2), await pulledIds(odoo, 0)]).toEqual([[2], [], [1, 2]]);
    expect([written?.pullId, written?.pushId]).toEqual([1, 1]);
    expect(odoo.pushRows().map(({ id }) => id)).toEqual([1, 2]);
  });

  it('shows nothing of itself before', () => {
    odoo.holdBack({ model: 'sale.order' });

    expect([odoo.rows(), odoo.pushRows(), odoo.state().held_back]).toEqual([[], [], 1]);
  });

  it('leaves a gap and the old record when it is rolled back', async () => {
    odoo.commit({ model: 'sale.order', recordId: 9, fields: { name: 'before' } });
    const failed = odoo.holdBack({ model: 'sale.order', recordId: 9, fields: { name: 'never' } });
    failed.rollback();
    failed.commit();

    const [next] = odoo.commit({ model: 'sale.order', recordId: 9, fields: { state: 'sale' } });

    expect(await pulledIds(odoo, 0)).toEqual([1, 3]);
    expect(next?.pull.payload['name']).toBe('before');
  });
});

describe('the 3-second window', () => {
  it('swallows further changes of a record, and the record goes on', () => {
    const clock = new Clock();
    const odoo = new FakeOdoo({ debounceMs: 3000, now: clock.now });
    const written: number[] = [];
    for (const reference of ['A', 'B', 'C', 'D']) {
      written.push(odoo.commit({ model: 'sale.order', recordId: 28, fields: { client_order_ref: reference } }).length);
      clock.forward(1000);
    }

    const last = odoo.rows().at(-1);

    expect(written).toEqual([1, 0, 0, 1]);
    expect(last?.payload).toMatchObject({ client_order_ref: 'D' });
  });

  it('is opened before the commit: after a rollback the repetition is lost', () => {
    const clock = new Clock();
    const odoo = new FakeOdoo({ debounceMs: 3000, now: clock.now });
    odoo.holdBack({ model: 'sale.order', recordId: 28, operation: 'write' }).rollback();

    expect(odoo.commit({ model: 'sale.order', recordId: 28, operation: 'write' })).toEqual([]);
  });

  it('is off unless asked for', () => {
    const clock = new Clock();
    const odoo = new FakeOdoo({ now: clock.now });

    const twice = [1, 2].flatMap(() => odoo.commit({ model: 'sale.order', recordId: 28 }));

    expect(twice).toHaveLength(2);
  });
});

describe('the clean-up', () => {
  it('keeps the newest rows, and of the others what still waits', async () => {
    const odoo = new FakeOdoo({ apiKey: 'k', push: NOWHERE, gapRate: 0 });
    await odoo.listen();
    odoo.commit(Array.from({ length: 6 }, () => ({ model: 'sale.order' })));
    const body = '{"event_ids": [1, 3, 6]}';
    await ask(`${odoo.url}/api/webhooks/mark-processed`, { method: 'POST', headers: { 'X-API-Key': 'k' }, body });

    odoo.cleanUp(2);
    const ids = await pulledIds(odoo, 0);
    await odoo.close();

    expect(odoo.rows().map(({ id }) => id)).toEqual([2, 4, 5, 6]);
    expect(ids).toEqual([2, 4, 5]);
    expect(odoo.pushRows()).toHaveLength(6);
  });
});
