import { told } from './samples';
import { ran, ToldGateway, toldGateway } from './told-gateway';

const page = (id: string, hasMore: boolean, different: object = {}): object => ({
  ...{ events: [told({ id })], position: `after-${id}`, has_more: hasMore, epoch_changed: false, gap: false },
  ...different,
});

let gateway: ToldGateway;
afterEach(() => gateway.close());

async function asked(answers: readonly object[], ...args: readonly string[]) {
  gateway = await toldGateway({ 'GET /api/v1/feed': answers });
  return gateway.ran('feed', ...args);
}

describe('feed', () => {
  it('reads page after page, and says where to go on', async () => {
    const pages = [page('1', true), page('2', true, { gap: true, events: [] }), page('3', false)];

    const { code, out, err } = await asked(pages, '--system', 'paris', '--model', 'sale.order,res.partner');

    expect(code).toBe(0);
    expect(out.match(/sale\.order 42/g)).toHaveLength(2);
    expect(err).toMatch(/were deleted[^]*--after after-3\n$/);
    expect(gateway.asked.map(({ call }) => new URL(call.slice(4), 'http://x').searchParams.get('after'))).toEqual([
      ...['beginning', 'after-1', 'after-2'],
    ]);
  });

  it('stops at the limit, and gives a script one object', async () => {
    const { out } = await asked([page('1', true), page('2', true)], '--limit', '2', '--json');

    expect(JSON.parse(out)).toMatchObject({ events: [{ id: '1' }, { id: '2' }], position: 'after-2', has_more: true });
  });

  it('takes a time that is ago for a time, and anything else for a position', async () => {
    await asked([page('1', false)], '--after', '2h');
    await gateway.ran('feed', '--after', 'MS5mZWRj');

    const [ago, position] = gateway.asked.map(({ call }) => decodeURIComponent(call));
    expect(ago).toMatch(/after=\d{4}-\d\d-\d\dT/);
    expect(position).toContain('after=MS5mZWRj');
  });

  it('asks no other gateway than the one that was named', async () => {
    gateway = await toldGateway({});

    const { code, err } = await ran(['feed'], { BRIDGECORE_URL: gateway.url, OPERATOR_API_KEY: 'k'.repeat(40) });

    expect(code).toBe(78);
    expect(err).toContain('BRIDGECORE_PUSH_URL is not set');
  });
});
