import { FakeOdoo, type PullRow } from '../src/fake-odoo/index';
import { capture, Clock } from './fake-odoo-help';

function day(seed: number, count: number): readonly PullRow[] {
  const odoo = new FakeOdoo({ seed, now: new Clock().now });
  odoo.makeEvents(count);
  return odoo.rows();
}

describe('the business of the fake Odoo', () => {
  it('is the same for the same seed, and another for another', () => {
    const first = JSON.stringify(day(7, 300));

    expect(JSON.stringify(day(7, 300))).toBe(first);
    expect(JSON.stringify(day(8, 300))).not.toBe(first);
  });

  it('makes exactly as many events as asked for', () => {
    const odoo = new FakeOdoo();

    const written = [1, 2, 30, 500].map((count) => odoo.makeEvents(count).length);

    expect(written).toEqual([1, 2, 30, 500]);
  });

  it('pushes all, none or a share', () => {
    const odoo = new FakeOdoo({ push: { url: 'http://127.0.0.1:9/' } });
    const shares = (['all', 'none', 0.5] as const).map((push) => {
      const written = odoo.makeEvents(1000, { push });
      return written.filter(({ pushId }) => pushId !== undefined).length / 1000;
    });

    expect(shares[0]).toBe(1);
    expect(shares[1]).toBe(0);
    expect(shares[2]).toBeGreaterThan(0.3);
    expect(shares[2]).toBeLessThan(0.7);
  });

  it('has payloads of real size, and every kind of record', () => {
    const rows = day(1, 3000);
    const median = (model: string): number => {
      const sizes = rows.filter((row) => row.model === model).map(({ payload }) => JSON.stringify(payload).length);
      return sizes.sort((left, right) => left - right)[sizes.length >> 1] ?? 0;
    };

    expect(median('sale.order')).toBeGreaterThan(1800);
    expect(median('account.move')).toBeGreaterThan(3000);
    expect(median('res.partner')).toBeGreaterThan(2800);
    expect(median('product.template')).toBeGreaterThan(1900);
    expect(median('stock.move')).toBeGreaterThan(1800);
    expect(median('stock.picking')).toBeGreaterThan(1100);
    expect(median('account.payment')).toBeGreaterThan(1200);
    expect(median('purchase.order')).toBeGreaterThan(1200);
  });

  it('fits together: every write follows a create of its record, and keeps its create_date', () => {
    const known = new Map<string, unknown>();
    const orphans: string[] = [];
    for (const { model, record_id: id, event, payload } of day(3, 2000)) {
      const record = `${model},${id}`;
      const isFirst = !known.has(record);
      if (isFirst) known.set(record, payload['create_date']);
      const isFromBefore = model === 'res.partner' || model === 'product.template' || model === 'account.move';
      if (isFirst && event === 'write' && !isFromBefore) orphans.push(record);
      if (known.get(record) !== payload['create_date']) orphans.push(record);
    }

    expect(orphans).toEqual([]);
  });

  it('takes a sale to its payment', () => {
    const rows = day(1, 2000);
    const order = rows.find((row) => row.model === 'sale.order' && row.payload['state'] === 'sale');
    const invoice = rows.find((row) => row.model === 'account.move' && row.payload['payment_state'] === 'paid');
    const origin = rows.find((row) => row.payload['name'] === invoice?.payload['invoice_origin']);

    expect(order?.event).toBe('write');
    expect(invoice?.payload).toMatchObject({ state: 'posted', amount_residual: 0 });
    expect(origin?.payload['amount_total']).toBe(invoice?.payload['amount_total']);
  });

  it('makes 10 000 events in seconds', () => {
    const started = performance.now();

    new FakeOdoo({ push: { url: 'http://127.0.0.1:9/' } }).makeEvents(10_000);

    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it.each([
    ['sale.order', 'push-instant-rule-sale.order-create'],
    ['purchase.order', 'push-instant-rule-purchase.order-create'],
    ['account.move', 'push-instant-rule-account.move-create'],
    ['account.payment', 'push-instant-rule-account.payment-create'],
    ['product.template', 'push-instant-rule-product.template-create'],
    ['res.partner', 'push-cron-rule-res.partner-write'],
    ['stock.move', 'push-cron-rule-stock.move-create'],
    ['stock.picking', 'push-cron-rule-stock.picking-create'],
  ])('has the fields of the captured %s, in their order and of their types', (model, name) => {
    type Fields = Record<string, unknown>;
    const { body } = capture<{ request: { body: Fields & { data?: Fields } } }>(name).request;
    const expected = Object.entries(body.data ?? body).filter(([field]) => !/^_(webhook|changed)/.test(field));

    const rows = day(1, 1000).filter((row) => row.model === model);

    const got = Object.keys(rows[0]?.payload ?? {}).filter((field) => field !== '_changed_fields');
    expect(got).toEqual(expected.map(([field]) => field));
    for (const [field, value] of expected)
      expect([field, rows.some((row) => isAlike(row.payload[field], value))]).toEqual([field, true]);
  });

  /** An empty value may stand where the capture has one, and the other way round. */
  function isAlike(left: unknown, right: unknown): boolean {
    return (
      left === false ||
      right === false ||
      (typeof left === typeof right && Array.isArray(left) === Array.isArray(right))
    );
  }
});
