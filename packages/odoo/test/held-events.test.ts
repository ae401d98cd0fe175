import { FakeOdoo } from '@bridgecore/devkit';
import { heldEvents } from '../src/held-events';

const KEY = 'odoo-key';
let odoo: FakeOdoo;
let url: string;

beforeEach(async () => {
  odoo = new FakeOdoo({ apiKey: KEY, gapRate: 0 });
  url = await odoo.listen();
});
afterEach(() => odoo.close());

const write = (model: string, recordId: number): number[] =>
  odoo.commit({ model, recordId, operation: 'write' }).map(({ pullId }) => pullId);
const held = (timeoutMs = 5_000) => heldEvents({ url, apiKey: KEY, timeoutMs }, { model: 'sale.order', recordId: 42 });

describe('what an Odoo still holds of a record', () => {
  it('is just what nobody has acknowledged, and nothing is acknowledged by asking', async () => {
    write('sale.order', 41);
    const ids = [...write('sale.order', 42), ...write('sale.order', 42)];
    write('purchase.order', 42);

    const [first, second] = [await held(), await held()];

    expect(first).toEqual({ ids, newestAt: expect.stringMatching(/^\d{4}-/) as string, allSeen: true });
    expect(second).toEqual(first);
    expect(odoo.rows().every(({ is_processed }) => !is_processed)).toBe(true);
    expect(odoo.requests()).toEqual({ pull: { 200: 2 } });
  });

  it('is nothing when there is nothing', async () => {
    expect(await held()).toEqual({ ids: [], newestAt: null, allSeen: true });
  });

  it('is looked for in a bounded part of what is held', async () => {
    for (let id = 100; id < 700; id += 1) write('sale.order', id);
    write('sale.order', 42);

    expect(await held()).toEqual({ ids: [], newestAt: null, allSeen: false });
    expect(odoo.requests()).toEqual({ pull: { 200: 5 } });
  });

  it('is not known when Odoo refuses, fails inside or hangs', async () => {
    odoo.setApiKey('another');
    await expect(held()).rejects.toMatchObject({ trouble: 'denied' });

    odoo.setApiKey(KEY);
    odoo.setFaults({ errorText: 'database is locked' });
    await expect(held()).rejects.toMatchObject({ trouble: 'failed' });

    odoo.setFaults({ hang: true });
    await expect(held(300)).rejects.toMatchObject({ trouble: 'timeout' });
  });
});
