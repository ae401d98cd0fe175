import { FakeOdoo } from '../src/fake-odoo/index';
import { ask, capture, Receiver } from './fake-odoo-help';
import { essence, replay, rpc, type RpcCapture } from './fake-odoo-rpc-help';

/** In the order in which they were captured: later ones use the records of earlier ones. */
const CAPTURES = [
  'rpc-common-version',
  'rpc-common-authenticate-wrong-password',
  'rpc-common-authenticate-unknown-db',
  'rpc-execute_kw-wrong-password',
  'rpc-execute_kw-unknown-uid',
  'rpc-search_read',
  'rpc-search_read-empty',
  'rpc-search_read-by-write_date',
  'rpc-search_count',
  'rpc-read-missing-record',
  'rpc-read-mixed-existing-and-missing',
  'rpc-write-missing-record',
  'rpc-unlink-missing-record',
  'rpc-create',
  'rpc-create-list',
  'rpc-write',
  'rpc-unlink',
  'rpc-create-missing-required',
  'rpc-create-unknown-field',
  'rpc-write-bad-selection',
  'rpc-write-validation-error',
  'rpc-unknown-model',
  'rpc-unknown-method',
  'rpc-private-method',
  'rpc-unknown-field-in-domain',
  'rpc-bad-domain',
  'rpc-method-returning-none',
  'rpc-fields_get-sale.order',
  'rpc-fields_get-unknown-field',
  'rpc-name_search',
  'rpc-access-error-read',
  'rpc-access-error-create',
  'rpc-protocol-bad-json',
  'rpc-protocol-batch',
  'rpc-protocol-json2-on-18',
  'rpc-protocol-no-id',
  'rpc-protocol-no-params',
  'rpc-protocol-string-id',
  'rpc-protocol-unknown-service',
  'rpc-protocol-wrong-content-type',
];

const ORDERS = [
  { id: 4, name: 'S00004', partner_id: 11, amount_total: 2240, order_line: [8, 9, 10, 11] },
  { id: 6, name: 'S00006', partner_id: 16, amount_total: 750, order_line: [13] },
  { id: 7, name: 'S00007', partner_id: 11, amount_total: 1706, order_line: [14, 15, 16, 17] },
];

/** The database of the captures, as far as they show it: 114 contacts, the last of them 120. */
function fillAsCaptured(odoo: FakeOdoo): void {
  const names: Record<number, string> = {
    1: 'My Company (San Francisco)',
    11: 'Gemini Furniture',
    15: 'Azure Interior',
    16: 'Lumber Inc',
    69: 'Case 05',
    74: 'Case 10',
  };
  const ids = Array.from({ length: 112 }, (_, at) => at + 1).filter((id) => ![27, 34, 69, 74].includes(id));
  const rows = ids.map((id) => ({ id, name: names[id] ?? `Contact ${id}`, is_company: true }));
  const workers = [
    { id: 27, name: 'Brandon Freeman', parent_id: 15 },
    { id: 34, name: 'Colleen Diaz', parent_id: 15 },
  ];
  odoo.seed('res.partner', [...rows, ...workers], { at: new Date('2026-11-23T06:16:28Z') });
  odoo.seed('res.partner', [{ id: 74, name: 'Case 10' }], { at: new Date('2026-11-23T06:33:51.100Z') });
  const late = ['Case 05', 'Ann', 'Bob'].map((name, at) => ({ id: [69, 113, 120][at] ?? 0, name }));
  odoo.seed('res.partner', late, { at: new Date('2026-11-23T06:33:51.900Z') });
  const fields = { state: 'sale', date_order: '2026-11-23 06:16:25', validity_date: '2026-12-23' };
  odoo.seed(
    'sale.order',
    ORDERS.map((order) => ({ ...order, ...fields })),
    { at: new Date('2026-11-23T06:16:28Z') },
  );
}

describe('/jsonrpc of the fake Odoo 18, as captured', () => {
  const users = [
    { id: 2, login: 'admin', key: '<PASSWORD>' },
    { id: 8, login: 'demo', key: '<PASSWORD>', mayNotRead: ['account.move'], mayNotWrite: ['sale.order'] },
  ];
  let odoo: FakeOdoo;

  beforeAll(async () => {
    odoo = new FakeOdoo({ rpc: { database: 'wire', users } });
    fillAsCaptured(odoo);
    await odoo.listen();
  });
  afterAll(() => odoo.close());

  it.each(CAPTURES)('answers as in %s', async (name) => {
    const answer = await replay(odoo, name);

    expect(essence(answer)).toEqual(essence(capture<RpcCapture>(name).response));
  });

  it('logs in with the right password', async () => {
    const { request } = capture<RpcCapture>('rpc-common-authenticate-ok'); // where the right one is masked as a wrong one
    const body = JSON.stringify(request.body).replace('<WRONG_PASSWORD>', '<PASSWORD>');

    const answer = await ask(`${odoo.url}/jsonrpc`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    });

    expect(JSON.parse(answer.body)).toEqual({ jsonrpc: '2.0', id: 2, result: 2 });
  });

  it('makes no event of a write with webhook_disabled, and one of a write without', async () => {
    const events = (id: number): string[] =>
      odoo.rows().flatMap((row) => (row.record_id === id && row.model === 'res.partner' ? [row.event] : []));

    const args = ['wire', 2, '<PASSWORD>', 'res.partner', 'write', [[123], { city: 'Paris' }]];
    const post = (more: object): Promise<unknown> =>
      ask(`${odoo.url}/jsonrpc`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ id: 1, params: { service: 'object', method: 'execute_kw', args: [...args, more] } }),
      });
    await post({ context: { webhook_disabled: true } });
    const silent = events(123);
    await post({});

    expect([silent, events(123)]).toEqual([['create'], ['create', 'write']]);
    expect(odoo.rows().at(-1)).toMatchObject({ user_id: 2, payload: { city: 'Paris', _changed_fields: ['city'] } });
  });
});

describe('/jsonrpc with a subscriber', () => {
  it('pushes at once what the user of RPC does to a model with instant pushes', async () => {
    const receiver = await new Receiver().listen();
    const odoo = new FakeOdoo({ rpc: { users: [{ id: 6, login: 'bridge', key: 'k' }] }, push: { url: receiver.url } });
    await odoo.listen();
    odoo.seed('res.partner', [{ id: 1, name: 'Ann' }]);

    await rpc(odoo, 'sale.order', 'create', { args: [{ partner_id: 1 }] });
    await rpc(odoo, 'res.partner', 'write', { args: [[1], { city: 'Bonn' }] });
    await odoo.settled();
    const instant = receiver.received.length;
    await odoo.runScheduledPushes();
    await odoo.close();
    await receiver.close();

    expect([instant, receiver.received.length]).toEqual([1, 2]);
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
      partner_id: { id: 1, name: 'Ann' },
      _webhook_metadata: { model: 'sale.order', event_type: 'create' },
    });
  });
});

describe('/jsonrpc without RPC set up', () => {
  it('lets nobody in, whatever the database', async () => {
    const odoo = new FakeOdoo();
    await odoo.listen();

    const answer = await rpc(odoo, 'res.partner', 'search', { args: [[]] });
    await odoo.close();

    expect(answer.error).toEqual({ name: 'odoo.exceptions.AccessDenied', message: 'Access Denied' });
  });
});
