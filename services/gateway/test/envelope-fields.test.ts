import { flat, push } from './calls';
import { openPushGateway, PushGateway } from './running-gateway';

describe('an envelope', () => {
  let gateway: PushGateway;

  beforeAll(async () => {
    gateway = await openPushGateway();
  });

  afterEach(() => gateway.clear());
  afterAll(() => gateway.close());

  it.each<[string, unknown]>([
    ...['', 5, null, [], {}, 'sale order', 'x'.repeat(129), '../etc', 'sale.order\n'].map(of('model')),
    ...['', 'seven', 7.5, -2, 2 ** 31, 1e21, '1e3', '9'.repeat(16), true, null, [7], {}].map(of('record_id')),
    ...['', 'WRITE', 'delete', 1, ['write'], null].map(of('event')),
    ...[2 ** 53, 9.5, true, {}, ['42'], 'x'.repeat(129), 'a\nb', '\ud800'].map(of('event_id')),
    ...[1_764_000_000, 'yesterday', '2026-02-30T00:00:00', '2026-11-23', {}, ['2026-11-23T00:00:00']].map(
      of('timestamp'),
    ),
    ...['urgent', 1, ['high'], {}].map(of('priority')),
    ...[7, 'x'.repeat(65), '\u0000', []].map(of('category')),
    ...['name', [7], [['name']], { 0: 'name' }, Array<string>(2_001).fill('x')].map(of('changed_fields')),
    ...[-1, 'Mitchell', 1.5, {}].map(of('user_id')),
    ...[7, 'x'.repeat(257), {}].map(of('user_name')),
    ...[[1], 'text', 7, true].map(of('data')),
  ])('gets 422 naming %s when it is %j', async (field, value) => {
    const { status, body } = await push(gateway, flat({ [field]: value }));

    expect(status).toBe(422);
    expect(body['errors']).toEqual([{ field, message: expect.stringMatching(/^must /) as string }]);
    expect(body['detail']).toMatch(new RegExp(`^${field} must `));
  });

  it('names every field at fault at once', async () => {
    const { body } = await push(gateway, { model: 5, record_id: 'x', event: 'y', timestamp: 'z' });

    const fields = (body['errors'] as { field: string }[]).map(({ field }) => field);
    expect(fields.sort()).toEqual(['event', 'model', 'record_id', 'timestamp']);
  });
});

/** Each value with the name of its field, as a row of a table. */
function of(field: string): (value: unknown) => [string, unknown] {
  return (value) => [field, value];
}
