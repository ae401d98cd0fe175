import { FakeOdoo } from '../src/fake-odoo/index';
import { capture, ask } from './fake-odoo-help';
import { essence, replay, type RpcCapture } from './fake-odoo-rpc-help';

/** In an order in which each finds the records it was captured with. */
const CAPTURES = [
  'json2-version',
  'rpc-jsonrpc-on-19',
  'json2-search_count',
  'json2-create',
  'json2-write',
  'json2-unlink',
  'json2-read',
  'json2-read-missing',
  'json2-search_read',
  'json2-fields_get',
  'json2-ids-on-model-method',
  'json2-write-missing-record',
  'json2-error-bad-arguments',
  'json2-error-bad-json',
  'json2-error-get-method',
  'json2-error-missing-required',
  'json2-error-no-key',
  'json2-error-private-method',
  'json2-error-unknown-field',
  'json2-error-unknown-method',
  'json2-error-unknown-model',
  'json2-error-validation',
  'json2-error-wrong-db-header',
  'json2-error-wrong-key',
];

const ORDERS = [
  { id: 24, name: 'S00024', amount_total: 1990, order_line: [50] },
  { id: 23, name: 'S00023', amount_total: 4350, order_line: [48, 49] },
  { id: 22, name: 'S00022', amount_total: 1, order_line: [47], date_order: '2026-11-23 06:00:00' },
];

describe('JSON-2 of the fake Odoo 19, as captured', () => {
  const admin = { id: 2, login: 'admin', key: '<PASSWORD>' };
  const users = [
    admin,
    { ...admin, key: '<API_KEY>' },
    { id: 6, login: 'demo', key: 'poor', mayNotRead: ['account.move'] },
  ];
  let odoo: FakeOdoo;

  beforeAll(async () => {
    odoo = new FakeOdoo({ rpc: { version: 19, database: 'wire19', users } });
    const names: Record<number, string> = { 1: 'My Company (San Francisco)', 10: 'Gemini Furniture' };
    const ids = [...Array.from({ length: 60 }, (_, at) => at + 1), 64];
    odoo.seed(
      'res.partner',
      ids.map((id) => ({ id, name: names[id] ?? `Contact ${id}`, is_company: true })),
    );
    const fields = { partner_id: 10, state: 'sale', date_order: '2026-11-23 06:49:23' };
    odoo.seed(
      'sale.order',
      ORDERS.map((order) => ({ ...fields, ...order })),
      { at: new Date('2026-11-23T06:49:22.7Z') },
    );
    await odoo.listen();
  });
  afterAll(() => odoo.close());

  it.each(CAPTURES)('answers as in %s', async (name) => {
    const answer = await replay(odoo, name);

    expect(essence(answer)).toEqual(essence(capture<RpcCapture>(name).response));
  });

  it('refuses what a user has no right to', async () => {
    const { request, response } = capture<RpcCapture>('json2-error-access');
    const headers = { ...request.headers, Authorization: 'bearer poor' };

    const answer = await ask(odoo.url + request.path, { method: 'POST', headers, body: JSON.stringify(request.body) });

    expect(essence(answer)).toEqual(essence(response));
  });

  it('asks for a key in the way of HTTP', async () => {
    const answer = await replay(odoo, 'json2-error-wrong-key');

    expect(answer.headers['www-authenticate']).toBe('Bearer'); // and a space, which HTTP does not tell
  });

  it('takes its own database in the header', async () => {
    const headers = { Authorization: 'Bearer <API_KEY>', 'X-Odoo-Database': 'wire19' };
    const body = JSON.stringify({ ids: [1], vals: { city: 'Oslo' } });

    const answer = await ask(`${odoo.url}/json/2/res.partner/write`, { method: 'POST', headers, body });

    expect([answer.status, answer.body, odoo.read('res.partner', 1)?.['city']]).toEqual([200, 'true', 'Oslo']);
  });

  it('answers null for a method that returns nothing', async () => {
    const headers = { Authorization: 'Bearer <API_KEY>' };
    const body = JSON.stringify({ operation: 'read' });

    const answer = await ask(`${odoo.url}/json/2/res.partner/check_access_rights`, { method: 'POST', headers, body });

    expect([answer.status, answer.body]).toEqual([200, 'null']);
  });
});
