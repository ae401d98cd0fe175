import { setTimeout as sleep } from 'node:timers/promises';
import { FakeOdoo, type Json, type JsonObject } from '../src/fake-odoo/index';
import { Clock } from './fake-odoo-help';
import { found, rpc } from './fake-odoo-rpc-help';

describe('the records of the fake Odoo by RPC', () => {
  const clock = new Clock(new Date('2026-11-23T06:33:51.400Z'));
  let odoo: FakeOdoo;

  async function start(version: 18 | 19 = 18): Promise<void> {
    const users = [{ id: 6, login: 'bridge', key: 'k' }];
    odoo = new FakeOdoo({ rpc: { version, users }, now: clock.now, gapRate: 0 });
    await odoo.listen();
  }

  beforeEach(() => {
    clock.set('2026-11-23T06:33:51.400');
    return start();
  });
  afterEach(() => odoo.close());

  async function read(id: number, fields: readonly string[]): Promise<Json | undefined> {
    return (await rpc(odoo, 'res.partner', 'read', { args: [[id]], kwargs: { fields } })).result;
  }

  async function create(values: JsonObject): Promise<number> {
    return (await rpc(odoo, 'res.partner', 'create', { args: [values] })).result as number;
  }

  describe('write_date', () => {
    it('is read to the second and stored to the microsecond, one for all records of a transaction', async () => {
      const [first = 0, second = 0] = odoo.seed('res.partner', [{ name: 'Ann' }, { name: 'Bob' }]);

      const exact = [first, second].map((id) => odoo.read('res.partner', id)?.['write_date']);

      expect(exact[0]).toMatch(/^2026-11-23 06:33:51\.400\d{3}$/);
      expect(exact[1]).toBe(exact[0]);
      expect(await read(first, ['write_date'])).toEqual([{ id: first, write_date: '2026-11-23 06:33:51' }]);
    });

    it('is later for a later transaction, even within a millisecond', async () => {
      const id = await create({ name: 'Ann' });
      const dates: unknown[] = [];
      for (let at = 0; at < 20; at += 1) {
        await rpc(odoo, 'res.partner', 'write', { args: [[id], { city: 'Bonn' }] });
        dates.push(odoo.read('res.partner', id)?.['write_date']);
      }

      expect(new Set(dates).size).toBe(20);
      expect([...dates].sort()).toEqual(dates);
    });

    it.each([
      [18 as const, { '>': [1], '>=': [1], '<': [], '<=': [], '=': [] }],
      [19 as const, { '>': [], '>=': [1], '<': [], '<=': [1], '=': [] }],
    ])('is compared in Odoo %i with the second it is read as', async (version, expected) => {
      await odoo.close();
      await start(version);
      odoo.seed('res.partner', [{ name: 'Ann' }]);

      const answers = await Promise.all(
        Object.keys(expected).map(async (operator) => [
          operator,
          await found(odoo, [['write_date', operator, '2026-11-23 06:33:51']]),
        ]),
      );

      expect(Object.fromEntries(answers)).toEqual(expected);
    });

    it('moves with a write that changes nothing', async () => {
      const id = await create({ name: 'Ann' });
      clock.forward(1000);
      await rpc(odoo, 'res.partner', 'write', { args: [[id], { name: 'Ann' }] });

      expect(await read(id, ['write_date', 'create_date'])).toEqual([
        { id, write_date: '2026-11-23 06:33:52', create_date: '2026-11-23 06:33:51' },
      ]);
    });

    it('moves when somebody edits the record, and shows who', async () => {
      const id = await create({ name: 'Ann' });
      const before = await read(id, ['write_uid', 'create_uid']);
      clock.forward(1000);
      odoo.edit('res.partner', id, { city: 'Bonn' });

      expect(before).toEqual([{ id, write_uid: [6, 'bridge'], create_uid: [6, 'bridge'] }]);
      expect(await read(id, ['write_uid', 'create_uid', 'write_date'])).toEqual([
        { id, write_uid: [2, 'Mitchell Admin'], create_uid: [6, 'bridge'], write_date: '2026-11-23 06:33:52' },
      ]);
    });

    it('of a transaction that commits late is earlier than what others have seen meanwhile', async () => {
      odoo.seed('res.partner', [{ name: 'Ann' }, { name: 'Bob' }]);
      clock.forward(1000);
      const late = odoo.holdBack({ model: 'res.partner', recordId: 1, fields: { name: 'Anna' } });
      clock.forward(1000);
      odoo.edit('res.partner', 2, { name: 'Bo' });
      const [during, unseen] = [odoo.read('res.partner', 1), odoo.read('res.partner', 2)];
      late.commit();

      const after = odoo.read('res.partner', 1);
      expect([during?.['name'], after?.['name']]).toEqual(['Ann', 'Anna']);
      expect([after?.['write_date'], unseen?.['write_date']]).toEqual([
        expect.stringMatching(/^2026-11-23 06:33:52\.4/),
        expect.stringMatching(/^2026-11-23 06:33:53\.4/),
      ]);
    });
  });

  it('pages through all records in the order of write_date and id', async () => {
    for (let at = 0; at < 4; at += 1) {
      odoo.seed(
        'res.partner',
        Array.from({ length: 25 }, (_, n) => ({ name: `P${at}-${n}` })),
      );
      clock.forward(500);
    }
    odoo.edit('res.partner', 3, { city: 'Bonn' });

    const seen: Json[] = [];
    for (let offset = 0; offset < 100; offset += 30) {
      const kwargs = { domain: [], fields: ['name'], order: 'write_date, id', limit: 30, offset };
      const { result } = await rpc(odoo, 'res.partner', 'search_read', { kwargs });
      seen.push(...(result as { id: number }[]).map(({ id }) => id));
    }

    const expected = Array.from({ length: 100 }, (_, at) => at + 1).filter((id) => id !== 3);
    expect(seen).toEqual([...expected, 3]);
  });

  it('seeds ten thousand records and reads a page of a thousand in no time', async () => {
    const rows = Array.from({ length: 10_000 }, (_, at) => ({ name: `P${at}`, country_id: 1 }));

    const start = performance.now();
    odoo.seed('res.partner', rows);
    const seeded = performance.now();
    const kwargs = {
      domain: [['id', '>', 4000]],
      fields: ['name', 'country_id', 'write_date'],
      order: 'write_date, id',
      limit: 1000,
    };
    const { result } = await rpc(odoo, 'res.partner', 'search_read', { kwargs });
    const read = performance.now();

    expect((result as unknown[]).length).toBe(1000);
    expect([seeded - start < 4000, read - seeded < 2000]).toEqual([true, true]); // a third of that, on an idle machine
  });

  it('hides archived records unless the context or the domain asks for them', async () => {
    odoo.seed('res.partner', [{ name: 'Ann' }, { name: 'Old', active: false }]);

    expect(await found(odoo, [])).toEqual([1]);
    expect(await found(odoo, [], { context: { active_test: false } })).toEqual([1, 2]);
    expect(await found(odoo, [['active', 'in', [true, false]]])).toEqual([1, 2]);
    expect(await found(odoo, [['active', '=', false]])).toEqual([2]);
    expect((await rpc(odoo, 'res.partner', 'search_count', { kwargs: { domain: [] } })).result).toBe(1);
    expect(await read(2, ['name'])).toEqual([{ id: 2, name: 'Old' }]);
  });

  describe('domains', () => {
    beforeEach(() => {
      odoo.seed('res.partner', [
        { name: 'Azure Interior', is_company: true, ref: 'A1', customer_rank: 3, country_id: 1 },
        { name: 'Brandon', parent_id: 1, email: 'b@x.test', country_id: 2 },
        { name: 'azure 100%', customer_rank: 1 },
      ]);
    });

    it.each<[string, Json, number[]]>([
      [
        'implicit and',
        [
          ['is_company', '=', true],
          ['ref', '=', 'A1'],
        ],
        [1],
      ],
      ['or', ['|', ['id', '=', 1], ['id', '=', 3]], [1, 3]],
      ['not', ['!', ['id', '=', 1]], [2, 3]],
      ['nested', ['|', '&', ['id', '>', 1], ['id', '<', 3], ['id', '=', 3]], [2, 3]],
      ['not set', [['email', '=', false]], [1, 3]],
      ['set', [['email', '!=', false]], [2]],
      ['different counts what is not set', [['ref', '!=', 'A1']], [2, 3]],
      ['in', [['id', 'in', [3, 1, 99]]], [1, 3]],
      ['not in', [['ref', 'not in', ['A1']]], [2, 3]],
      ['greater', [['customer_rank', '>', 1]], [1]],
      ['ilike', [['name', 'ilike', 'AZURE']], [1, 3]],
      ['like', [['name', 'like', 'azure']], [3]],
      ['=like', [['name', '=like', 'A%r']], [1]],
      ['=ilike', [['name', '=ilike', 'bran_on']], [2]],
      ['not ilike', [['name', 'not ilike', 'azure']], [2]],
      ['many2one by id', [['parent_id', '=', 1]], [2]],
      ['many2one not set', [['parent_id', '=', false]], [1, 3]],
      ['many2one by name', [['parent_id', 'ilike', 'azure']], [2]],
      ['dotted', [['parent_id.ref', '=', 'A1']], [2]],
      ['one2many', [['child_ids', 'in', [2]]], [1]],
      ['one2many empty', [['child_ids', '=', false]], [2, 3]],
      ['child_of', [['id', 'child_of', 1]], [1, 2]],
      ['always', [[1, '=', 1]], [1, 2, 3]],
      ['never', [[0, '=', 1]], []],
    ])('understands %s', async (_, domain, ids) => {
      expect(await found(odoo, domain)).toEqual(ids);
    });
  });

  it('takes the commands of a many2many, and a plain list', async () => {
    odoo.seed('res.partner.category', [{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
    const id = await create({ name: 'Ann', category_id: [[6, 0, [1, 2]]] });
    const tags = async (value: Json): Promise<unknown> => {
      await rpc(odoo, 'res.partner', 'write', { args: [[id], { category_id: value }] });
      return odoo.read('res.partner', id)?.['category_id'];
    };

    expect(odoo.read('res.partner', id)?.['category_id']).toEqual([1, 2]);
    expect(await tags([[4, 3]])).toEqual([1, 2, 3]);
    expect(await tags([[3, 2]])).toEqual([1, 3]);
    expect(await tags([[5]])).toEqual([]);
    expect(await tags([2, 3])).toEqual([2, 3]);
  });

  it('renames what bears the name of its parent', async () => {
    const [top = 0, middle = 0] = odoo.seed('product.category', [{ name: 'Top' }, { name: 'Middle', parent_id: 2 }]);
    const [leaf = 0] = odoo.seed('product.category', [{ name: 'Leaf', parent_id: middle }]);

    await rpc(odoo, 'product.category', 'write', { args: [[top], { name: 'T' }] });

    expect(odoo.read('product.category', leaf)).toMatchObject({
      complete_name: 'T / Middle / Leaf',
      parent_id: [middle, 'T / Middle'],
    });
  });

  it('forgets external ids and links of what is deleted', async () => {
    const parent = await create({ name: 'Azure' });
    const child = await create({ name: 'Bob', parent_id: parent });
    const { result } = await rpc(odoo, 'res.partner', 'unlink', { args: [[parent]] });

    expect([result, odoo.read('res.partner', parent), odoo.read('res.partner', child)?.['parent_id']]).toEqual([
      true,
      undefined,
      false,
    ]);
    expect(odoo.all('ir.model.data').some(({ model }) => model === 'res.partner')).toBe(false);
  });

  it('refuses to delete what others cannot do without', async () => {
    odoo.seed('product.template', [{ name: 'Desk' }]);
    const { error } = await rpc(odoo, 'product.category', 'unlink', { args: [[1]] });

    expect(error?.name).toBe('odoo.exceptions.ValidationError');
    expect(odoo.read('product.category', 1)?.['name']).toBe('All');
  });

  it('fails by a rule, as a whole, and makes no event of it', async () => {
    odoo.refuse('res.partner', ({ name }) => (name === 'Bad' ? 'No bad names.' : undefined));
    const { error } = await rpc(odoo, 'res.partner', 'create', { args: [[{ name: 'Good' }, { name: 'Bad' }]] });

    expect(error).toEqual({ name: 'odoo.exceptions.ValidationError', message: 'No bad names.' });
    expect([odoo.all('res.partner'), odoo.rows()]).toEqual([[], []]);
  });

  it('rewrites what it is given when told so', async () => {
    odoo.normalise('res.partner', 'phone', (value) => (typeof value === 'string' ? value.replaceAll(' ', '') : value));
    const id = await create({ name: 'Ann', phone: '+34 91 1' });

    expect(await read(id, ['phone'])).toEqual([{ id, phone: '+34911' }]);
  });

  it('shares its records with the business', async () => {
    odoo.commit({
      model: 'res.partner',
      recordId: 40,
      operation: 'create',
      fields: { name: 'Ann', parent_id: { id: false, name: '' } },
    });
    odoo.edit('res.partner', 40, { city: 'Bonn' });

    expect(await read(40, ['name', 'city', 'parent_id'])).toEqual([
      { id: 40, name: 'Ann', city: 'Bonn', parent_id: false },
    ]);
    expect(odoo.rows().at(-1)).toMatchObject({ event: 'write', payload: { name: 'Ann', city: 'Bonn' } });
  });

  it('counts calls, and tells of each before its work and after its commit', async () => {
    const told: string[] = [];
    odoo.onRpc = async ({ model, method, phase }) => {
      await sleep(5);
      told.push(`${phase} ${model}.${method} ${odoo.all('res.partner').length}`);
    };
    await create({ name: 'Ann' });

    expect(told).toEqual(['before res.partner.create 0', 'after res.partner.create 1']);
    expect(odoo.rpcCalls()).toEqual({ 'res.partner.create': 1 });
    odoo.resetRpcCalls();
    expect(odoo.rpcCalls()).toEqual({});
  });

  it('does the work and loses the answer when told so', async () => {
    odoo.setFaults({ path: 'rpc', reset: true, afterWork: true, times: 1 });

    await expect(create({ name: 'Ann' })).rejects.toThrow(/ECONNRESET|hang up/);
    expect(odoo.all('res.partner')).toHaveLength(1);
    expect(await create({ name: 'Bob' })).toBe(2);
  });

  it('leaves RPC alone when the fault is about the pull', async () => {
    odoo.setFaults({ path: 'pull', status: 503 });

    expect(await create({ name: 'Ann' })).toBe(1);
  });

  it('lets a key in until it expires, or its user is archived', async () => {
    const denied = { error: { name: 'odoo.exceptions.AccessDenied', message: 'Access Denied' } };
    const ask = (): Promise<unknown> => rpc(odoo, 'res.partner', 'search_count', { args: [[]] });
    odoo.edit('res.users.apikeys', 1, { expiration_date: '2026-11-23 06:34:00' });
    const before = await ask();
    clock.set('2026-11-23T06:34:00');
    const expired = await ask();
    odoo.edit('res.users.apikeys', 1, { expiration_date: false });
    const renewed = await ask();
    odoo.edit('res.users', 6, { active: false });

    expect([before, expired, renewed, await ask()]).toEqual([{ result: 0 }, denied, { result: 0 }, denied]);
  });

  it('starts with its own data again after a reset', async () => {
    await create({ name: 'Ann' });
    odoo.resetDatabase();

    expect([odoo.all('res.partner'), odoo.all('res.company').length]).toEqual([[], 1]);
    expect((await rpc(odoo, 'product.template', 'create', { args: [{ name: 'Desk' }] })).result).toBe(1);
  });
});
