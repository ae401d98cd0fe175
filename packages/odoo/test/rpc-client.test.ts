import { FakeOdoo } from '@bridgecore/devkit';
import { connectRpc } from '../src/rpc/connect';
import { OdooFailure } from '../src/odoo-failure';
import { odooRecords, OdooRecords } from '../src/rpc/odoo-records';
import { RpcAccess } from '../src/rpc/rpc-call';

const USER = {
  id: 7,
  login: 'hub',
  key: 'rpc-key',
  tz: 'Asia/Tokyo',
  mayNotRead: ['res.company'],
  mayNotWrite: ['res.country'],
};

describe.each([
  [18, 'json-rpc'],
  [19, 'json-2'],
] as const)('RPC of an Odoo %i', (version, transport) => {
  let odoo: FakeOdoo;
  let records: OdooRecords;
  let access: RpcAccess;

  beforeEach(async () => {
    odoo = new FakeOdoo({ rpc: { version, database: 'db', users: [USER] } });
    const url = await odoo.listen();
    access = { system: 'paris', url, db: 'db', username: 'hub', apiKey: 'rpc-key', timeoutMs: 2_000 };
    records = odooRecords((await connectRpc(access)).call);
  });
  afterEach(() => odoo.close());

  const failure = async (call: Promise<unknown>): Promise<OdooFailure> => {
    const outcome: unknown = await call.then(
      () => 'it went well',
      (error: unknown) => error,
    );
    expect(outcome).toBeInstanceOf(OdooFailure);
    return outcome as OdooFailure;
  };
  const open = async (different: Partial<RpcAccess>): Promise<OdooRecords> =>
    odooRecords((await connectRpc({ ...access, ...different })).call);

  it('is spoken as its version wants', async () => {
    expect(await connectRpc(access)).toMatchObject({ version: `${version}.0`, transport });
    expect(await records.currentUser()).toBe(7);
  });

  it('reads, seeks, counts and describes', async () => {
    const [one = 0, two = 0] = odoo.seed('res.partner', [
      { name: 'One', email: 'a@example.test' },
      { name: 'Two', active: false },
    ]);

    const found = await records.searchRead('res.partner', {
      domain: [['name', '!=', 'x']],
      fields: ['name'],
      order: 'id',
    });
    const read = await records.readRecords('res.partner', [two, 99_999, one], ['email', 'parent_id']);

    expect(found).toEqual([
      { id: one, name: 'One' },
      { id: two, name: 'Two' }, // archived ones too
    ]);
    expect(read).toHaveLength(2);
    expect(read).toContainEqual({ id: one, email: 'a@example.test', parent_id: false });
    expect(await records.searchCount('res.partner', [])).toBe(2);
    const fields = await records.fieldsGet('res.partner');
    expect(fields.get('parent_id')).toEqual({
      type: 'many2one',
      store: true,
      readonly: false,
      required: false,
      isComputed: false,
      relation: 'res.partner',
    });
  });

  it('creates once what is created twice under one name, with every kind of value', async () => {
    const [tag = 0] = odoo.seed('res.partner.category', [{ name: 'VIP', active: false }]);
    const values = [
      { field: 'name', type: 'char', value: ' Ünï ☕ "quoted", comma ' },
      { field: 'is_company', type: 'boolean', value: true },
      { field: 'active', type: 'boolean', value: false },
      { field: 'color', type: 'integer', value: 0 },
      { field: 'partner_latitude', type: 'float', value: 48.8566 },
      { field: 'comment', type: 'html', value: '<p>a &amp; b</p>' },
      { field: 'parent_id', type: 'many2one', value: false },
      { field: 'category_id', type: 'many2many', value: [tag] },
      { field: 'type', type: 'selection', value: 'contact' },
    ];
    const record = { externalId: '__bridgecore__.paris-res_partner-1', values };

    const first = await records.createRecords('res.partner', [record]);
    const second = await records.createRecords('res.partner', [record]);

    expect(second).toEqual(first);
    expect(odoo.all('res.partner')).toMatchObject([
      {
        ...{ name: ' Ünï ☕ "quoted", comma ', is_company: true, active: false, color: 0, partner_latitude: 48.8566 },
        ...{ comment: '<p>a &amp; b</p>', parent_id: false, category_id: [tag], type: 'contact' },
      },
    ]);
  });

  it('says which of many it could not create, and creates the others', async () => {
    odoo.refuse('res.partner', (values) => {
      const name = values['name'] as string;
      return name.startsWith('Bad') ? `${name} is not liked` : undefined;
    });
    const names = Array.from({ length: 40 }, (_, index) => (index % 13 === 7 ? `Bad ${index}` : `Good ${index}`));
    const wanted = names.map((value, index) => ({
      externalId: `__bridgecore__.paris-res_partner-${index}`,
      values: [{ field: 'name', type: 'char', value }],
    }));

    const created = await records.createRecords('res.partner', wanted);

    const bad = created.flatMap((outcome, index) =>
      'failure' in outcome ? [[names[index], outcome.failure.message]] : [],
    );
    expect(bad.map(([name]) => name)).toEqual(['Bad 7', 'Bad 20', 'Bad 33']);
    expect(bad.every(([name, message]) => String(message).includes(`${String(name)} is not liked`))).toBe(true);
    const ids = created.flatMap((outcome) => ('id' in outcome ? [outcome.id] : []));
    expect(odoo.all('res.partner').map(({ id }) => id)).toEqual([...ids].sort((a, b) => a - b));
  });

  it.each<[string, (of: OdooRecords) => Promise<unknown>, string, string]>([
    [
      'a field that is not there',
      (of) => of.searchRead('res.partner', { domain: [['nope', '=', 1]], fields: ['name'] }),
      'validation',
      'nope',
    ],
    ['a model that is not there', (of) => of.searchCount('no.such.model', []), 'validation', 'no.such.model'],
    [
      'a record that is not there',
      (of) => of.writeRecords('res.partner', [99_999], [{ field: 'city', type: 'char', value: 'x' }]),
      'missing',
      '99999',
    ],
    [
      'no right to read',
      (of) => of.searchRead('res.company', { domain: [], fields: ['name'] }),
      'access',
      'res.company',
    ],
    [
      'no right to write',
      (of) => of.writeRecords('res.country', [1], [{ field: 'name', type: 'char', value: 'x' }]),
      'access',
      'res.country',
    ],
  ])('tells %s by its kind, in the words of Odoo', async (_, call, trouble, words) => {
    const found = await failure(call(records));

    expect(found).toMatchObject({ trouble, retry: false });
    expect(found.message).toContain(words);
  });

  it('tells what is wrong with the credentials, and where to mend it', async () => {
    const wrong = await failure(open({ apiKey: 'wrong' }).then((of) => of.currentUser()));
    const elsewhere = await failure(open({ db: 'nowhere' }).then((of) => of.currentUser()));

    expect(wrong).toMatchObject({ trouble: 'denied', retry: false });
    expect(wrong.message).toContain('ODOO_API_KEY');
    expect(wrong.message).not.toContain('wrong-');
    expect(elsewhere.retry).toBe(false);
  });

  it.each<[object, string]>([
    [{ status: 503, retryAfter: 7 }, 'overloaded'],
    [{ status: 502 }, 'overloaded'],
    [{ status: 429 }, 'limited'],
    [{ reset: true }, 'unreachable'],
    [{ hang: true }, 'timeout'],
    [{ notJson: true }, 'refused'],
  ])('tells %j as %s', async (fault, trouble) => {
    odoo.setFaults({ path: 'rpc', ...fault });

    expect(await failure(records.searchCount('res.partner', []))).toMatchObject({ trouble });
  });
});

it('needs a database and a user for an Odoo that speaks JSON-RPC', async () => {
  const odoo = new FakeOdoo({ rpc: { version: 18, users: [USER] } });
  const url = await odoo.listen();

  const connecting = connectRpc({
    system: 'paris',
    url,
    db: undefined,
    username: undefined,
    apiKey: 'k',
    timeoutMs: 2_000,
  });

  await expect(connecting).rejects.toMatchObject({
    trouble: 'denied',
    message: expect.stringContaining('ODOO_USERNAME') as string,
  });
  await odoo.close();
});
