import { randomUUID } from 'node:crypto';
import { syncModelsOf } from '@bridgecore/contracts';
import { FakeOdoo } from '@bridgecore/devkit';
import { named, openSyncStack, partners, SyncStack } from './sync-stack';

let stack: SyncStack;

beforeAll(async () => {
  stack = await openSyncStack();
});
afterAll(() => stack.close());
beforeEach(() => stack.begin());
afterEach(() => stack.end());

const swap = { source_system_id: 'lyon', target_system_id: 'paris' };

/** The line to an Odoo breaks after a call has done its work, and stays broken until it is healed. */
function breakAfter(odoo: FakeOdoo, what: string): void {
  odoo.onRpc = ({ model, method, phase }) => {
    if (`${model}.${method}` === what && phase === 'after') odoo.setFaults({ path: 'rpc', reset: true });
  };
}

function heal(odoo: FakeOdoo): void {
  odoo.onRpc = undefined;
  odoo.setFaults({});
}

/** RPC tells seconds: what is to be later must be so by one. */
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const t = (seconds: number): Date => new Date(Date.parse('2026-03-01T00:00:00Z') + seconds * 1_000);

describe('a run', () => {
  it('does not erase on the way back a relation that was left out on the way there', async () => {
    const { paris, sync } = stack;
    const [land = 0] = paris.seed('res.country', [{ name: 'Utopia', code: 'UU' }]);
    const [id = 0] = paris.seed('res.partner', partners(1, { country_id: land }));
    await sync({ bidirectional: true });
    expect(paris.read('res.partner', id)?.['country_id']).toEqual([land, 'Utopia']);
  });

  it('does not lose what the target has changed when a relation can be filled at last', async () => {
    const { paris, lyon, sync } = stack;
    const [land = 0] = paris.seed('res.country', [{ name: 'Utopia', code: 'UU' }]);
    const [id = 0] = paris.seed('res.partner', partners(1, { country_id: land }));
    await sync();
    const copy = named(lyon, 'res.partner', 'Partner 0').id;
    lyon.edit('res.partner', copy, { phone: '+33 7' });
    lyon.seed('res.country', [{ name: 'Utopia', code: 'UU' }]);
    await sync({ bidirectional: true });
    expect(paris.read('res.partner', id)?.['phone']).toBe('+33 7');
  });

  it('does not fill a relation over one that the target has changed', async () => {
    const { paris, lyon, sync } = stack;
    const [land = 0] = paris.seed('res.country', [{ name: 'Utopia', code: 'UU' }]);
    paris.seed('res.partner', partners(1, { country_id: land }));
    await sync();
    const copy = named(lyon, 'res.partner', 'Partner 0').id;
    const [tag = 0] = lyon.seed('res.partner.category', [{ name: 'Theirs' }]);
    lyon.edit('res.partner', copy, { category_id: [[6, 0, [tag]]] });
    await sync({ conflicts: 'manual' });
    expect(lyon.read('res.partner', copy)?.['category_id']).toEqual([tag]);
  });

  it('does not undo, the other way round, what was begun to be written and never was', async () => {
    const { paris, lyon, sync } = stack;
    const [id = 0] = paris.seed('res.partner', partners(1));
    await sync({ bidirectional: true });
    paris.edit('res.partner', id, { city: 'Nantes' });
    breakAfter(lyon, 'res.partner.read');
    await expect(sync()).rejects.toThrow();
    heal(lyon);
    await pause(1100);
    await sync({ ...swap, conflicts: 'manual' });
    expect(paris.read('res.partner', id)?.['city']).toBe('Nantes');
  });

  it('does not take for its own what somebody has written since it was broken off', async () => {
    const { paris, lyon, sync } = stack;
    const [id = 0] = paris.seed('res.partner', partners(1));
    await sync({ bidirectional: true });
    const copy = named(lyon, 'res.partner', 'Partner 0').id;
    paris.edit('res.partner', id, { city: 'Nantes' });
    breakAfter(lyon, 'res.partner.read');
    await expect(sync()).rejects.toThrow();
    heal(lyon);
    lyon.edit('res.partner', copy, { phone: '+33 7' });
    await pause(1100);
    await sync({ conflicts: 'manual' });
    expect(lyon.read('res.partner', copy)?.['phone']).toBe('+33 7');
  });

  it('tells of a conflict that the source wins and Odoo refuses as failed, and tries it again', async () => {
    const { paris, lyon, sync } = stack;
    const [id = 0] = paris.seed('res.partner', partners(1));
    await sync();
    const copy = named(lyon, 'res.partner', 'Partner 0').id;
    lyon.edit('res.partner', copy, { city: 'L' });
    paris.edit('res.partner', id, { city: 'P' });
    lyon.refuse('res.partner', ({ city }) => (city === 'P' ? 'No P' : undefined));
    const report = await sync();
    expect(report).toMatchObject({ failed: 1, updated: 0 });
    expect(await stack.rows('select record_id from sync_retries')).toHaveLength(1);
  });

  it('leaves a conflict alone that a person is to decide, also in a circle', async () => {
    const { paris, lyon, sync } = stack;
    const models = syncModelsOf('models: {res.company: {natural_key: [name], exclude: [currency_id]}}');
    const currency = paris.all('res.currency')[0]?.['id'] as number;
    const [partner = 0] = paris.seed('res.partner', partners(1));
    await sync({}, { models });
    const copy = named(lyon, 'res.partner', 'Partner 0').id;
    const [company = 0] = paris.seed('res.company', [{ name: 'New', currency_id: currency }]);
    lyon.seed('res.company', [{ name: 'New', currency_id: currency }]);
    paris.edit('res.company', company, { partner_id: partner });
    paris.edit('res.partner', partner, { company_id: company, city: 'P' });
    lyon.edit('res.partner', copy, { city: 'L' });
    const report = await sync({ conflicts: 'manual' }, { models });
    expect(report).toMatchObject({ failed: 1, conflicts: 1 });
    expect(lyon.read('res.partner', copy)?.['city']).toBe('L');
  });

  it('loses nothing that was committed late while a run was broken off', async () => {
    const { paris, lyon, sync } = stack;
    const start = Date.now() - 20_000;
    const at = (seconds: number) => ({ at: new Date(start + seconds * 1_000) });
    for (let i = 0; i < 15; i += 1) paris.seed('res.partner', [{ name: `R${i}` }], at(i));
    const id = randomUUID();
    let loads = 0;
    lyon.onRpc = ({ method, phase }) => {
      if (method === 'load' && phase === 'before' && (loads += 1) === 2) lyon.setFaults({ path: 'rpc', reset: true });
    };
    await expect(sync({ id }, { dependencies: { batch: 10 } })).rejects.toThrow();
    heal(lyon);
    paris.seed('res.partner', [{ name: 'Late' }], at(3)); // began before we passed, and was committed after that
    for (let i = 0; i < 15; i += 1) paris.seed('res.partner', [{ name: `S${i}` }], at(3_600 + i)); // an hour goes by

    await sync({ id }, { dependencies: { batch: 10 } });
    await sync({}, { dependencies: { batch: 10 } });

    named(lyon, 'res.partner', 'Late');
    expect(lyon.all('res.partner')).toHaveLength(31);
  });

  it('takes a model that is set up later for no conflict', async () => {
    const { paris, lyon, sync } = stack;
    const [tag = 0] = paris.seed('res.partner.category', [{ name: 'VIP' }]);
    paris.seed('res.partner', partners(2, { category_id: [[6, 0, [tag]]] }));
    const without = syncModelsOf('models: {res.partner.category: null}');
    await sync({}, { models: without });
    const manual = await sync({ conflicts: 'manual' });
    await pause(1100);
    const newest = await sync({ conflicts: 'newest_wins' });
    expect(manual).toMatchObject({ conflicts: 0 });
    expect(newest).toMatchObject({ conflicts: 0, skipped: 2 });
    expect(named(lyon, 'res.partner', 'Partner 0')['category_id']).toHaveLength(1);
  });

  it('loses no change of the target between its look and its writing', async () => {
    const { paris, lyon, sync } = stack;
    const [id = 0] = paris.seed('res.partner', partners(1));
    await sync({ bidirectional: true });
    const copy = named(lyon, 'res.partner', 'Partner 0').id;
    paris.edit('res.partner', id, { city: 'Nantes' });
    lyon.onRpc = ({ method, phase }) => {
      if (method === 'write' && phase === 'before') lyon.edit('res.partner', copy, { phone: '+33 9' });
    };
    await sync({ bidirectional: true });
    lyon.onRpc = undefined;
    await sync({ bidirectional: true, full: true });
    expect(lyon.read('res.partner', copy)).toMatchObject({ city: 'Nantes', phone: '+33 9' });
    expect(paris.read('res.partner', id)).toMatchObject({ city: 'Nantes', phone: '+33 9' });
  });

  it('does not write an incomplete record again and again whose value the target rewrites', async () => {
    const { paris, lyon, sync } = stack;
    lyon.normalise('res.partner', 'phone', (value) => (value as string).replaceAll(' ', ''));
    const [land = 0] = paris.seed('res.country', [{ name: 'Utopia', code: 'UU' }]);
    paris.seed('res.partner', partners(1, { country_id: land, phone: '+33 1 23' }));
    await sync();
    expect(await sync()).toMatchObject({ updated: 0, skipped: 1 });
  });

  it('counts a record once that is touched again while it goes on', async () => {
    const { paris, lyon, sync } = stack;
    for (let i = 0; i < 25; i += 1) paris.seed('res.partner', [{ name: `R${i}` }], { at: t(i) });
    const first = named(paris, 'res.partner', 'R0').id;
    let loads = 0;
    lyon.onRpc = ({ method, phase }) => {
      if (method === 'load' && phase === 'before' && (loads += 1) === 2)
        paris.edit('res.partner', first, { name: 'R0' });
    };
    const report = await sync({}, { dependencies: { batch: 10 } });
    expect(report).toMatchObject({ created: 25, skipped: 0 });
  });

  it('says in a dry run what the run does when two records have one key', async () => {
    const { paris, lyon, sync } = stack;
    lyon.seed('res.partner', [{ name: 'There', email: 'x@example.test' }]);
    paris.seed('res.partner', [{ name: 'One', email: 'x@example.test' }], { at: t(0) });
    for (let i = 0; i < 12; i += 1) paris.seed('res.partner', [{ name: `R${i}` }], { at: t(1 + i) });
    paris.seed('res.partner', [{ name: 'Two', email: 'x@example.test' }], { at: t(50) });
    const dry = await sync({ dry_run: true }, { dependencies: { batch: 10 } });
    const real = await sync({}, { dependencies: { batch: 10 } });
    expect(dry).toMatchObject({ created: real['created'], updated: real['updated'] });
  });

  it('says in a dry run what the way back does', async () => {
    const { paris, lyon, sync } = stack;
    lyon.seed('res.partner', [{ name: 'There', email: 'x@example.test' }]);
    paris.seed('res.partner', [{ name: 'One', email: 'x@example.test' }], { at: t(0) });
    const dry = await sync({ dry_run: true, bidirectional: true });
    const real = await sync({ bidirectional: true });
    expect(dry).toEqual(real);
  });

  it('does not stop children for ever whose parent was deleted in the target', async () => {
    const { paris, lyon, sync, said } = stack;
    const [category = 0] = paris.seed('product.category', [{ name: 'Cat' }]);
    paris.seed('product.template', [{ name: 'Desk', default_code: 'D', categ_id: category }]);
    await sync({ model: 'product.template' });
    lyon.remove('product.template', named(lyon, 'product.template', 'Desk').id);
    lyon.remove('product.category', named(lyon, 'product.category', 'Cat').id);
    const [lamp] = paris.seed('product.template', [{ name: 'Lamp', default_code: 'L', categ_id: category }]);

    const first = await sync({ model: 'product.template' });
    const saidFirst = await said();
    const second = await sync({ model: 'product.template' });

    expect(first).toMatchObject({ created: 0, failed: 1 });
    expect(saidFirst).toMatchObject([{ record_id: lamp, code: 'VALIDATION' }]);
    expect(second).toMatchObject({ created: 1, failed: 0 });
  });

  it('counts a parent of the asked model as created that is created incomplete', async () => {
    const { paris, sync } = stack;
    const [land = 0] = paris.seed('res.country', [{ name: 'Utopia', code: 'UU' }]);
    const [top = 0] = paris.seed('res.partner', [{ name: 'Top', country_id: land }], { at: t(100) });
    paris.seed('res.partner', partners(12, { parent_id: top }), { at: t(0) });
    const report = await sync({}, { dependencies: { batch: 10 } });
    expect(report).toMatchObject({ created: 13, skipped: 0 });
  });
});
