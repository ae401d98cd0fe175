import { JsonRecord, syncModelsOf } from '@bridgecore/contracts';
import { FakeOdoo } from '@bridgecore/devkit';
import { named, openSyncStack, partners, SyncStack } from './sync-stack';

let stack: SyncStack;

beforeAll(async () => {
  stack = await openSyncStack();
});
afterAll(() => stack.close());
afterEach(() => stack.end());

/** The record of this name; there must be just one. */
const writes = (odoo: FakeOdoo): string[] =>
  Object.keys(odoo.rpcCalls()).filter((name) => /\.(load|write|create)$/.test(name));

/** Whether it was written by JSON-RPC or by JSON-2, the outcome is the same. */
describe.each([
  [18, 18],
  [19, 19],
  [18, 19],
] as const)('from an Odoo %i to an Odoo %i, a run', (...versions) => {
  beforeEach(() => stack.begin(versions));

  it('creates every record with its relations, parents first, and a second one writes nothing', async () => {
    const { paris, lyon, sync } = stack;
    lyon.seed('res.partner', partners(3, { email: false })); // so that no id is the same in both
    lyon.seed('res.partner.category', [{ name: 'Old' }]);
    const [vip = 0, gold = 0] = paris.seed('res.partner.category', [{ name: 'VIP' }, { name: 'Gold' }]);
    paris.edit('res.partner.category', gold, { parent_id: vip });
    const country = paris.all('res.country').find(({ code }) => code === 'FR')?.['id'];
    const made = paris.seed('res.partner', partners(230, { country_id: country, category_id: [gold] }));
    paris.edit('res.partner', made[0] ?? 0, { parent_id: made[229] ?? 0, active: false });

    const first = await sync();
    lyon.resetRpcCalls();
    const second = await sync();

    expect(first).toMatchObject({ created: 230, updated: 0, skipped: 0, failed: 0 });
    expect(second).toMatchObject({ created: 0, updated: 0, skipped: 230, failed: 0 });
    expect(writes(lyon)).toEqual([]);
    const copies = lyon.all('res.partner').filter(({ email }) => email !== false);
    expect(copies).toHaveLength(230);
    const child = copies.find(({ email }) => email === 'partner-0@example.test');
    const parent = copies.find(({ email }) => email === 'partner-229@example.test');
    const tag = named(lyon, 'res.partner.category', 'Gold');
    expect(child).toMatchObject({ active: false, city: 'Lyon', parent_id: [parent?.['id'], expect.anything()] });
    expect(new Set(copies.map(({ category_id }) => JSON.stringify(category_id)))).toEqual(new Set([`[${tag.id}]`]));
    expect(tag['parent_id']).toEqual([named(lyon, 'res.partner.category', 'VIP').id, expect.anything()]);
    const codeOf = (value: unknown) =>
      lyon.all('res.country').find(({ id }) => id === (value as [number])[0])?.['code'];
    expect(codeOf(parent?.['country_id'])).toBe('FR');
  });

  it('writes what was changed and nothing else, and brings it back when the other side changed', async () => {
    const { paris, lyon, sync } = stack;
    const [one = 0, two = 0] = paris.seed('res.partner', partners(20));
    await sync({ bidirectional: true });
    const copyOf = (id: number) => named(lyon, 'res.partner', paris.read('res.partner', id)?.['name'] as string);
    paris.edit('res.partner', one, { city: 'Nantes' });
    lyon.edit('res.partner', copyOf(two).id, { phone: '+33 1' });
    paris.resetRpcCalls();
    lyon.resetRpcCalls();

    const report = await sync({ bidirectional: true });

    expect(report).toMatchObject({ created: 0, updated: 1, skipped: 19, failed: 0, conflicts: 0 });
    expect(report['reverse']).toMatchObject({ created: 0, updated: 1, skipped: 19, failed: 0, conflicts: 0 });
    expect(copyOf(one)).toMatchObject({ city: 'Nantes' });
    expect(paris.read('res.partner', two)).toMatchObject({ phone: '+33 1', city: 'Lyon' });
    expect([paris.rpcCalls()['res.partner.write'], lyon.rpcCalls()['res.partner.write']]).toEqual([1, 1]);
    const again = await sync({ bidirectional: true });
    expect(again).toMatchObject({ updated: 0, skipped: 20, reverse: { updated: 0, skipped: 20 } });
  });
});

describe('a run', () => {
  beforeEach(() => stack.begin());

  it('does not take for a change what the target has made of a value', async () => {
    const { paris, lyon, sync } = stack;
    lyon.normalise('res.partner', 'phone', (value) => (value as string).replaceAll(' ', ''));
    const [id = 0] = paris.seed('res.partner', partners(1, { phone: '+33 1 23' }));

    await sync({ bidirectional: true });
    const again = await sync({ bidirectional: true });

    expect(named(lyon, 'res.partner', 'Partner 0')['phone']).toBe('+33123');
    expect(paris.read('res.partner', id)?.['phone']).toBe('+33 1 23');
    expect(again).toMatchObject({ updated: 0, skipped: 1, reverse: { updated: 0, skipped: 1 } });
  });

  it('loses no change that somebody makes while it writes', async () => {
    const { paris, lyon, sync } = stack;
    const [id = 0] = paris.seed('res.partner', partners(1));
    await sync({ bidirectional: true });
    const copy = named(lyon, 'res.partner', 'Partner 0').id;
    paris.edit('res.partner', id, { city: 'Nantes' });
    lyon.onRpc = ({ method, phase }) => {
      if (method === 'write' && phase === 'after') lyon.edit('res.partner', copy, { phone: '+33 9' });
    };

    await sync({ bidirectional: true });

    expect(paris.read('res.partner', id)).toMatchObject({ city: 'Nantes', phone: '+33 9' });
    expect(lyon.read('res.partner', copy)).toMatchObject({ city: 'Nantes', phone: '+33 9' });
  });

  it('reads times as UTC, whatever the zone of the user', async () => {
    const { paris, lyon, sync } = stack;
    const [partner = 0] = paris.seed('res.partner', partners(1));
    paris.seed('sale.order', [{ name: 'S1', date_order: '2026-07-01 10:00:00', partner_id: partner }]);

    await sync({ model: 'sale.order' });

    expect(named(lyon, 'sale.order', 'S1')['date_order']).toBe('2026-07-01 10:00:00');
  });

  it('brings the categories of products along, whatever the depth', async () => {
    const { paris, lyon, sync } = stack;
    const chain = (count: number) => {
      let parent = 0;
      for (let level = 0; level < count; level += 1) {
        [parent = 0] = paris.seed('product.category', [
          { name: `Level ${level}`, ...(parent === 0 ? {} : { parent_id: parent }) },
        ]);
      }
      return parent;
    };
    paris.seed('product.template', [{ name: 'Desk', default_code: 'D1', categ_id: chain(5), list_price: 12.5 }]);

    const report = await sync({ model: 'product.template' });

    expect(report).toMatchObject({ created: 1, failed: 0 });
    const [, path] = named(lyon, 'product.template', 'Desk')['categ_id'] as [number, string];
    expect(path).toBe('Level 0 / Level 1 / Level 2 / Level 3 / Level 4');
  });

  it('links what has the same natural key instead of creating it', async () => {
    const { paris, lyon, sync } = stack;
    const [there = 0] = lyon.seed('res.partner', [{ name: 'Old name', email: 'partner-0@example.test', phone: '1' }]);
    paris.seed('res.partner', partners(2, { vat: false }));

    const report = await sync();

    expect(report).toMatchObject({ created: 1, updated: 1, failed: 0 });
    expect(lyon.read('res.partner', there)).toMatchObject({ name: 'Partner 0', phone: false });
  });

  it('tries the first key first, and asks nobody twice', async () => {
    const { paris, lyon, sync } = stack;
    const [byVat = 0, byMail = 0] = lyon.seed('res.partner', [
      { name: 'A', vat: 'FR1', is_company: true, email: 'else@example.test' },
      { name: 'B', email: 'same@example.test' },
    ]);
    paris.seed('res.partner', [
      { name: 'One', vat: 'FR1', is_company: true, email: 'same@example.test' },
      { name: 'Two', email: 'same@example.test' },
      { name: 'Three', email: 'same@example.test' },
    ]);

    const report = await sync();

    expect(report).toMatchObject({ created: 1, updated: 2, failed: 0 });
    expect(lyon.read('res.partner', byVat)?.['name']).toBe('One');
    expect(lyon.read('res.partner', byMail)?.['name']).toBe('Two');
  });

  it('says which records it cannot tell apart', async () => {
    const { paris, lyon, sync, said } = stack;
    lyon.seed('res.partner', [
      { name: 'A', email: 'x@example.test' },
      { name: 'B', email: 'x@example.test' },
    ]);
    const [id] = paris.seed('res.partner', [{ name: 'One', email: 'x@example.test' }]);

    const report = await sync();

    expect(report).toMatchObject({ created: 0, failed: 1 });
    expect(await said()).toMatchObject([{ record_id: id, action: 'fail', code: 'AMBIGUOUS_MATCH' }]);
  });

  it('goes on after a bad record, and tries it again although nobody has changed it', async () => {
    const { paris, lyon, sync, said } = stack;
    const ids = paris.seed('res.partner', partners(30), { at: new Date('2026-01-01T00:00:00Z') });
    paris.seed('res.partner', [{ name: 'Later' }]);
    let isStrict = true;
    lyon.refuse('res.partner', ({ name }) =>
      isStrict && name === 'Partner 7' ? 'Seven is not liked here' : undefined,
    );

    const first = await sync();
    const saidFirst = await said();
    isStrict = false;
    const second = await sync();

    expect(first).toMatchObject({ created: 30, failed: 1 });
    expect(saidFirst).toMatchObject([
      {
        record_id: ids[7],
        action: 'fail',
        code: 'VALIDATION',
        message: expect.stringContaining('Seven is not liked') as string,
      },
    ]);
    expect(second).toMatchObject({ created: 1, updated: 0, skipped: 30, failed: 0 });
    expect(await stack.rows('select * from sync_retries')).toEqual([]);
    named(lyon, 'res.partner', 'Partner 7');
  });

  it('tells of the parent when a record cannot be synced for it, and heals with it', async () => {
    const { paris, lyon, sync, said } = stack;
    const [category = 0] = paris.seed('product.category', [{ name: 'Bad' }]);
    const [desk] = paris.seed('product.template', [{ name: 'Desk', categ_id: category }, { name: 'Lamp' }]);
    let isStrict = true;
    lyon.refuse('product.category', ({ name }) => (isStrict && name === 'Bad' ? 'No bad categories' : undefined));

    const first = await sync({ model: 'product.template' });
    const saidFirst = await said();
    isStrict = false;
    const second = await sync({ model: 'product.template' });

    expect(first).toMatchObject({ created: 1, failed: 1 });
    expect(saidFirst).toMatchObject([{ record_id: desk, code: 'PARENT_FAILED', model: 'product.template' }]);
    expect(String(saidFirst[0]?.['message'])).toContain('No bad categories');
    expect(second).toMatchObject({ created: 1, skipped: 1, failed: 0 });
    expect(named(lyon, 'product.template', 'Desk')['categ_id']).toEqual([
      named(lyon, 'product.category', 'Bad').id,
      'Bad',
    ]);
  });

  it('says once what is not copied, and why', async () => {
    const { paris, sync } = stack;
    paris.seed('res.partner', partners(3, { user_id: 2 }));

    await sync();

    const [row] = await stack.rows<{ result: { forward: { left_out: JsonRecord[] } } }>('select result from sync_runs');
    const leftOut = row?.result.forward.left_out ?? [];
    const reasonOf = (field: string) => leftOut.filter((entry) => entry['field'] === field).map(({ reason }) => reason);
    expect(reasonOf('user_id')).toEqual(['res.users is not set up for syncing (DATA_SYNC_FILE)']);
    expect(reasonOf('complete_name')).toEqual(['it is read-only in lyon']);
    expect(leftOut.map(({ field }) => field)).not.toContain('write_date');
  });

  it('leaves a relation empty whose record the target cannot have, and fills it when it can', async () => {
    const { paris, lyon, sync } = stack;
    const [land = 0] = paris.seed('res.country', [{ name: 'Utopia', code: 'UU' }]);
    paris.seed('res.partner', partners(1, { country_id: land }));

    await sync();
    const before = named(lyon, 'res.partner', 'Partner 0')['country_id'];
    const [there] = lyon.seed('res.country', [{ name: 'Utopia', code: 'UU' }]);
    const second = await sync();

    expect(before).toBe(false);
    expect(second).toMatchObject({ updated: 1 });
    expect(named(lyon, 'res.partner', 'Partner 0')['country_id']).toEqual([there, 'Utopia']);
  });

  it('ends circles, and closes them', async () => {
    const { paris, lyon, sync } = stack;
    const models = syncModelsOf('models: {res.company: {natural_key: [name], exclude: [currency_id]}}');
    const currency = paris.all('res.currency')[0]?.['id'] as number;
    const [company = 0] = paris.seed('res.company', [{ name: 'Ours', currency_id: currency }]);
    const [partner = 0] = paris.seed('res.partner', [{ name: 'We', company_id: company }]);
    paris.edit('res.company', company, { partner_id: partner });
    lyon.seed('res.company', [{ name: 'Ours', currency_id: currency }]);

    const first = await sync({}, { models });
    const second = await sync({}, { models });

    expect(first).toMatchObject({ created: 1, failed: 0 });
    const [ours, we] = [named(lyon, 'res.company', 'Ours'), named(lyon, 'res.partner', 'We')];
    expect(ours['partner_id']).toEqual([we.id, 'We']);
    expect(we['company_id']).toEqual([ours.id, 'Ours']);
    expect(second).toMatchObject({ created: 0, updated: 0, skipped: 1, failed: 0 });
  });

  it('creates nothing again that was deleted in the target', async () => {
    const { paris, lyon, sync, said } = stack;
    const [id = 0] = paris.seed('res.partner', partners(2));
    await sync();
    lyon.remove('res.partner', named(lyon, 'res.partner', 'Partner 0').id);

    const unnoticed = await sync();
    paris.edit('res.partner', id, { city: 'Nantes' });
    const noticed = await sync();
    const saidOfIt = await said();
    paris.edit('res.partner', id, { city: 'Brest' });
    const later = await sync();

    expect(unnoticed).toMatchObject({ skipped: 2, failed: 0 });
    expect(noticed).toMatchObject({ skipped: 1, failed: 1 });
    expect(saidOfIt).toMatchObject([{ record_id: id, code: 'TARGET_DELETED' }]);
    expect(later).toMatchObject({ skipped: 2, failed: 0 });
    expect(lyon.all('res.partner').filter(({ name }) => name === 'Partner 0')).toEqual([]);
  });

  it('reads only what was written since, with an overlap, and all of it when that is asked for', async () => {
    const { paris, sync } = stack;
    const old = paris.seed('res.partner', partners(300), { at: new Date('2026-01-01T00:00:00Z') });
    const [fresh = 0] = paris.seed('res.partner', [{ name: 'New' }], { at: new Date('2026-06-01T00:00:00Z') });
    await sync();
    const late = new Date('2026-05-31T23:50:00Z'); // a transaction that began before, and was committed after we had read
    paris.seed('res.partner', [{ name: 'Late' }], { at: late });
    paris.resetRpcCalls();

    const second = await sync();
    const calls = paris.rpcCalls()['res.partner.search_read'];
    const full = await sync({ full: true });

    expect(second).toMatchObject({ created: 1, skipped: 301, failed: 0 });
    expect(calls).toBe(1);
    expect(full).toMatchObject({ created: 0, skipped: 302, failed: 0 });
    expect(old.length + Number(fresh > 0)).toBe(301);
  });

  it('keeps what one filter has read apart from what another has', async () => {
    const { paris, sync } = stack;
    paris.seed('res.partner', [...partners(5), ...partners(3, { city: 'Paris', email: false })]);

    const some = await sync({ filters: [['city', '=', 'Paris']] });
    const all = await sync();

    expect(some).toMatchObject({ created: 3, skipped: 0 });
    expect(all).toMatchObject({ created: 5, skipped: 3 });
  });
});

describe('a dry run', () => {
  beforeEach(() => stack.begin());

  it('says of every record what would happen, and writes nothing anywhere', async () => {
    const { paris, lyon, sync, said } = stack;
    const [synced = 0] = paris.seed('res.partner', partners(2));
    await sync();
    paris.edit('res.partner', synced, { city: 'Nantes' });
    const [tag = 0] = paris.seed('res.partner.category', [{ name: 'VIP' }]);
    const [fresh] = paris.seed('res.partner', [{ name: 'New', category_id: [tag] }]);
    const state = async () => [
      ...(await stack.rows('select * from sync_links order by id')),
      ...(await stack.rows('select * from sync_streams')),
      ...lyon.all('res.partner'),
      ...lyon.all('res.partner.category'),
    ];
    const before = await state();
    lyon.resetRpcCalls();

    const report = await sync({ dry_run: true });

    expect(report).toMatchObject({ created: 1, updated: 1, skipped: 1, failed: 0 });
    expect(writes(lyon)).toEqual([]);
    expect(await state()).toEqual(before);
    const actions = (await said()).map(({ model, record_id, action, fields }) => [model, record_id, action, fields]);
    expect(actions).toEqual(
      expect.arrayContaining([
        ['res.partner', synced, 'update', ['city']],
        ['res.partner', synced + 1, 'skip', null],
        ['res.partner.category', tag, 'create', expect.anything()],
        ['res.partner', fresh, 'create', expect.arrayContaining(['name', 'category_id'])],
      ]),
    );
    expect(actions).toHaveLength(4);
    const pages = stack.log.lines.filter(({ message }) => message === 'sync.page');
    expect(pages.at(-1)).toMatchObject({ dry_run: true, created: 1 }); // nobody is to take it for done
    expect(pages.at(-1)).toMatchObject({ outcome: 'done', duration_ms: expect.any(Number) as number });
    expect(await sync()).toMatchObject({ created: 1, updated: 1, skipped: 1 });
  });
});

describe('a record that was changed on both sides', () => {
  let ours: number;
  let theirs: number;

  beforeEach(async () => {
    await stack.begin();
    const { paris, lyon, sync } = stack;
    [ours = 0] = paris.seed('res.partner', partners(1));
    await sync({ bidirectional: true });
    theirs = named(lyon, 'res.partner', 'Partner 0').id;
  });

  const cities = () => [
    stack.paris.read('res.partner', ours)?.['city'],
    stack.lyon.read('res.partner', theirs)?.['city'],
  ];
  const change = async (newest: 'paris' | 'lyon') => {
    const edits = [
      () => stack.paris.edit('res.partner', ours, { city: 'P' }),
      () => stack.lyon.edit('res.partner', theirs, { city: 'L' }),
    ];
    if (newest === 'paris') edits.reverse();
    edits[0]?.();
    await new Promise((resolve) => setTimeout(resolve, 1_100)); // RPC tells seconds
    edits[1]?.();
  };

  it('is as the source has it, unless it is said otherwise', async () => {
    await change('lyon');

    const report = await stack.sync({ bidirectional: true });

    expect(cities()).toEqual(['P', 'P']);
    expect(report).toMatchObject({ updated: 1, conflicts: 1, reverse: { updated: 0, conflicts: 0 } });
    expect(await stack.said()).toMatchObject([{ code: 'CONFLICT', action: 'update', fields: ['city'] }]);
  });

  it.each(['paris', 'lyon'] as const)('is as the newest has it when newest_wins, here %s', async (newest) => {
    await change(newest);

    await stack.sync({ bidirectional: true, conflicts: 'newest_wins' });

    expect(cities()).toEqual(newest === 'paris' ? ['P', 'P'] : ['L', 'L']);
  });

  it('is reported and left when a person is to decide, by every run until somebody has', async () => {
    await change('lyon');

    const first = await stack.sync({ bidirectional: true, conflicts: 'manual' });
    const second = await stack.sync({ bidirectional: true, conflicts: 'manual' });
    const left = cities();
    stack.lyon.edit('res.partner', theirs, { city: 'P' });
    const third = await stack.sync({ bidirectional: true, conflicts: 'manual' });

    expect([first, second]).toMatchObject([
      { failed: 1, conflicts: 1 },
      { failed: 1, conflicts: 1 },
    ]);
    expect(left).toEqual(['P', 'L']);
    expect(third).toMatchObject({ failed: 0, conflicts: 0, reverse: { failed: 0, conflicts: 0 } });
  });

  it('is no conflict when both have become the same', async () => {
    stack.paris.edit('res.partner', ours, { city: 'X' });
    stack.lyon.edit('res.partner', theirs, { city: 'X' });

    const report = await stack.sync({ bidirectional: true });

    expect(report).toMatchObject({ updated: 0, conflicts: 0, skipped: 1, reverse: { updated: 0, skipped: 1 } });
  });
});
