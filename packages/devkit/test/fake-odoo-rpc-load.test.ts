import { FakeOdoo } from '../src/fake-odoo/index';
import { load, rpc } from './fake-odoo-rpc-help';

const MANY =
  'Found more than 10 errors and more than one error per 10 records, interrupted to avoid showing too many errors.';

describe('load of the fake Odoo', () => {
  let odoo: FakeOdoo;

  async function start(version: 18 | 19 = 18): Promise<void> {
    const users = [{ id: 6, login: 'bridge', key: 'k', tz: 'Europe/Madrid' }];
    odoo = new FakeOdoo({ rpc: { version, users }, gapRate: 0 });
    await odoo.listen();
  }

  beforeEach(() => start());
  afterEach(() => odoo.close());

  const names = (): unknown[] => odoo.all('res.partner').map(({ name }) => name);

  it('creates once when called twice, and updates the second time', async () => {
    const first = await load(
      odoo,
      ['id', 'name'],
      [
        ['sync.a', 'Ann'],
        ['sync.b', 'Bob'],
      ],
    );
    const again = await load(
      odoo,
      ['id', 'name'],
      [
        ['sync.b', 'Bo'],
        ['sync.c', 'Cid'],
      ],
    );

    expect([first, again.messages, again.nextrow]).toEqual([{ ids: [1, 2], messages: [], nextrow: 0 }, [], 0]);
    expect([again.ids, names()]).toEqual([
      [2, 3],
      ['Ann', 'Bo', 'Cid'],
    ]);
    expect(odoo.all('ir.model.data').at(-1)).toMatchObject({
      module: 'sync',
      name: 'c',
      model: 'res.partner',
      res_id: 3,
    });
  });

  it('puts an external id without a dot into __import__', async () => {
    await load(odoo, ['id', 'name'], [['a', 'Ann']]);
    await load(odoo, ['id', 'name'], [['__import__.a', 'Anna']]);

    expect(names()).toEqual(['Anna']);
  });

  it('creates one record for an external id that comes twice in one call', async () => {
    const { ids } = await load(
      odoo,
      ['id', 'name'],
      [
        ['s.a', 'Ann'],
        ['s.a', 'Anna'],
      ],
    );

    expect([ids, names()]).toEqual([[1, 1], ['Anna']]);
  });

  it('creates anew what was deleted', async () => {
    await load(odoo, ['id', 'name'], [['s.a', 'Ann']]);
    odoo.remove('res.partner', 1);
    const { ids } = await load(odoo, ['id', 'name'], [['s.a', 'Ann']]);

    expect([ids, odoo.all('ir.model.data').filter(({ module }) => module === 's')]).toEqual([
      [2],
      [expect.objectContaining({ res_id: 2 })],
    ]);
  });

  it('refuses an external id of another model', async () => {
    const { ids, messages } = await load(odoo, ['id', 'name'], [['base.es', 'Spain']]);

    expect(ids).toBe(false);
    expect(messages[0]?.message).toMatch(
      /^For external id base\.es .* model res\.partner found record of different model res\.country \(\d+\)$/,
    );
  });

  it('is all or nothing, makes no event of what it took back, and blames the first row as well', async () => {
    odoo.refuse('res.partner', ({ vat }) => (vat === 'bad' ? 'The VAT number is wrong.' : undefined));

    const { ids, messages } = await load(
      odoo,
      ['id', 'name', 'vat'],
      [
        ['s.a', 'Ann', ''],
        ['s.b', 'Bob', 'bad'],
        ['s.c', 'Cid', ''],
      ],
    );

    expect([ids, names(), odoo.rows()]).toEqual([false, [], []]);
    expect(odoo.all('ir.model.data').filter(({ module }) => module === 's')).toEqual([]);
    expect(messages).toEqual([
      { rows: { from: 0, to: 0 }, record: 0, type: 'error', message: 'The VAT number is wrong.' },
      { rows: { from: 1, to: 1 }, record: 1, type: 'error', message: 'The VAT number is wrong.' },
    ]);
  });

  it('keeps what there was when it fails on the way', async () => {
    await load(odoo, ['id', 'name'], [['s.a', 'Ann']]);
    const before = odoo.all('res.partner');

    await load(
      odoo,
      ['id', 'name'],
      [
        ['s.a', 'Anna'],
        ['s.b', ''],
      ],
    );

    expect(odoo.all('res.partner')).toEqual(before);
  });

  it('names row and field of a cell that cannot be converted', async () => {
    const { ids, messages } = await load(
      odoo,
      ['name', 'country_id/.id', 'customer_rank', 'type', 'is_company'],
      [
        ['Ann', '', '1', 'contact', 'yes'],
        ['Bob', '9999', 'x', 'nope', 'perhaps'],
      ],
    );

    expect([ids, names()]).toEqual([false, []]);
    expect(messages.map(({ type, record, field, message }) => [type, record, field, message])).toEqual([
      ['error', 1, 'country_id', "No matching record found for database id '9999' in field 'Country'"],
      ['error', 1, 'customer_rank', "'x' does not seem to be an integer for field 'Customer Rank'"],
      ['error', 1, 'type', "Value 'nope' not found in selection field 'Address Type'"],
      ['error', 1, 'is_company', "Unknown value 'perhaps' for boolean field 'Is a Company'"],
    ]);
  });

  it.each([
    ['validity_date', '2026-02-28', '2026-02-31', "valid date for field 'Expiration'"],
    ['date_order', '2026-02-28 23:59:59', '2026-02-28T23:59:59', "valid datetime for field 'Order Date'"],
    ['amount_total', '1.5', '1,5', "number for field 'Total'"],
  ])('takes %s as %j and not as %j', async (field, good, bad, text) => {
    odoo.seed('res.partner', [{ name: 'Ann' }]);
    const [taken, refused] = [
      await load(odoo, ['partner_id', field], [['Ann', good]], { model: 'sale.order' }),
      await load(odoo, ['partner_id', field], [['Ann', bad]], { model: 'sale.order' }),
    ];

    expect([taken.messages, refused.ids, refused.messages[0]?.message]).toEqual([
      [],
      false,
      expect.stringContaining(text),
    ]);
  });

  it.each([
    [18 as const, "Missing required value for the field 'Name' (name)"],
    [19 as const, "Missing required value for the field 'Name' (name).\nModel: 'Product' (product.template)\n"],
  ])('says in the words of Odoo %i what is missing, about that row only', async (version, text) => {
    await odoo.close();
    await start(version);

    const { messages } = await load(
      odoo,
      ['name', 'default_code'],
      [
        ['Desk', 'D'],
        ['', 'E'],
      ],
      { model: 'product.template' },
    );

    expect(messages.map(({ record, field }) => [record, field])).toEqual([[1, 'name']]);
    expect(messages[0]?.message.startsWith(text)).toBe(true);
  });

  it('stops after ten bad rows', async () => {
    const { messages } = await load(
      odoo,
      ['name'],
      Array.from({ length: 30 }, () => ['']),
    );

    expect([messages.length, messages.at(-1)]).toEqual([11, { type: 'warning', message: MANY }]);
  });

  it('takes empty cells as false and booleans as words', async () => {
    odoo.seed('res.partner', [{ id: 5, name: 'Ann', city: 'Bonn', is_company: true }]);

    const { ids } = await load(odoo, ['.id', 'city', 'is_company', 'customer_rank'], [['5', '', '0', '']]);

    expect([ids, odoo.read('res.partner', 5)]).toEqual([
      [5],
      expect.objectContaining({ city: false, is_company: false, customer_rank: 0, name: 'Ann' }),
    ]);
  });

  it('links by database id, external id and name, and several by comma', async () => {
    odoo.seed('res.partner.category', [{ name: 'VIP' }, { name: 'Lead' }, { name: 'Old' }]);
    const spain = Number(odoo.all('res.country').find(({ code }) => code === 'ES')?.['id']);

    await load(odoo, ['name', 'country_id/id', 'category_id/.id'], [['Ann', 'base.es', '1,3']]);
    await load(odoo, ['name', 'country_id/.id', 'category_id'], [['Bob', String(spain), 'Lead']]);

    const linked = odoo.all('res.partner').map(({ country_id: country, category_id: tags }) => [country, tags]);
    expect(linked).toEqual([
      [
        [spain, 'Spain'],
        [1, 3],
      ],
      [[spain, 'Spain'], [2]],
    ]);
  });

  it('finds a parent that stands earlier in the same call', async () => {
    await load(
      odoo,
      ['id', 'name', 'parent_id/id'],
      [
        ['s.a', 'Azure', ''],
        ['s.b', 'Bob', 's.a'],
      ],
    );

    expect(odoo.read('res.partner', 2)).toMatchObject({ parent_id: [1, 'Azure'], complete_name: 'Azure, Bob' });
  });

  it.each([
    [{}, '2026-06-30 22:00:00'],
    [{ tz: 'UTC' }, '2026-07-01 00:00:00'],
    [{ tz: 'America/New_York' }, '2026-07-01 04:00:00'],
  ])('takes datetimes to be in the zone of the context %j, else of the user', async (context, stored) => {
    const fields = ['partner_id', 'date_order'];
    odoo.seed('res.partner', [{ name: 'Ann' }]);

    const { ids } = await load(odoo, fields, [['Ann', '2026-07-01 00:00:00']], { model: 'sale.order', context });

    expect(odoo.read('sale.order', Array.isArray(ids) ? (ids[0] ?? 0) : 0)?.['date_order']).toBe(stored);
  });

  describe('with an archived record', () => {
    const row = ['Ann', '1'];
    const fields = ['name', 'category_id/.id'];

    async function prepare(version: 18 | 19): Promise<void> {
      await odoo.close();
      await start(version);
      odoo.seed('res.partner.category', [{ name: 'Old', active: false }]);
      odoo.seed('res.partner', [{ id: 50, name: 'Gone', active: false }]);
    }

    it('links to it in Odoo 18 with active_test false only, in Odoo 19 always', async () => {
      await prepare(18);
      const plain18 = await load(odoo, fields, [row]);
      const all18 = await load(odoo, fields, [row], { context: { active_test: false } });
      await prepare(19);
      const plain19 = await load(odoo, fields, [row]);

      expect([plain18.ids, plain18.messages[0]?.message]).toEqual([
        false,
        "No matching record found for database id '1' in field 'Tags'",
      ]);
      expect([all18.messages, plain19.messages]).toEqual([[], []]);
    });

    it.each([18 as const, 19 as const])(
      'updates it by its database id with active_test false only, in Odoo %i',
      async (version) => {
        await prepare(version);

        const plain = await load(odoo, ['.id', 'name'], [['50', 'Back']]);
        const all = await load(odoo, ['.id', 'name'], [['50', 'Back']], { context: { active_test: false } });

        expect(plain.messages[0]?.message).toBe("Unknown database identifier '50'");
        expect([plain.ids, all.ids]).toEqual([false, [50]]);
      },
    );

    it('updates it by its external id in any case', async () => {
      await prepare(18);
      await load(odoo, ['id', 'name', 'active'], [['s.a', 'Ann', '0']]);

      const { ids } = await load(odoo, ['id', 'city'], [['s.a', 'Bonn']]);

      expect([ids, odoo.read('res.partner', 51)]).toEqual([
        [51],
        expect.objectContaining({ city: 'Bonn', active: false }),
      ]);
    });
  });

  it('raises what Python raises for an unknown column', async () => {
    const { error } = await rpc(odoo, 'res.partner', 'load', { args: [['nope'], [['x']]] });

    expect(error).toEqual({ name: 'builtins.KeyError', message: 'nope' });
  });

  it('makes one event per record, by the user who called', async () => {
    await load(
      odoo,
      ['id', 'name'],
      [
        ['s.a', 'Ann'],
        ['s.b', 'Bob'],
      ],
    );
    await load(odoo, ['id', 'city'], [['s.a', 'Bonn']]);
    await load(odoo, ['id', 'city'], [['s.a', 'Lyon']], { context: { webhook_disabled: true } });

    expect(odoo.rows().map(({ event, record_id: id, user_id: user }) => [event, id, user])).toEqual([
      ['create', 1, 6],
      ['create', 2, 6],
      ['write', 1, 6],
    ]);
  });
});
