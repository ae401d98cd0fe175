import { OdooClient, OdooFailure, OdooTrouble, Page } from '@bridgecore/odoo';
import { withPageSize } from '../src/odoo/page-size';
import { memoryLog } from './worker-stack';

type Reply = Page | OdooFailure;

const GOOD: Page = { rows: [], hasMore: false, bytes: 1_000 };
const LARGE: Page = { ...GOOD, bytes: 16 * 1024 * 1024 + 1 };
const broken = (trouble: OdooTrouble, retryAfter?: number) => new OdooFailure(trouble, trouble, retryAfter);

/** An Odoo that answers by the limit that it is asked with. */
function setUp(reply: (limit: number) => Reply) {
  const limits: number[] = [];
  const client: OdooClient = {
    pull: async (_, limit) => {
      limits.push(limit);
      const given = reply(limit);
      if (given instanceof OdooFailure) throw given;
      return given;
    },
    acknowledge: () => Promise.resolve(),
  };
  return { limits, sized: withPageSize(client, 'odoo', memoryLog()) };
}

describe('the size of a page', () => {
  it.each<OdooTrouble>(['timeout', 'failed', 'overloaded', 'too_large'])(
    'is halved at once, in the same pull, when Odoo is too slow or fails: %s',
    async (trouble) => {
      const { limits, sized } = setUp((limit) => (limit > 125 ? broken(trouble) : GOOD));

      await sized.pull(0, 1_000);

      expect(limits).toEqual([1_000, 500, 250, 125]);
    },
  );

  it('goes down to one row, never to none, and then the failure is told', async () => {
    const { limits, sized } = setUp(() => broken('timeout'));

    await expect(sized.pull(0, 10)).rejects.toMatchObject({ trouble: 'timeout' });
    await expect(sized.pull(0, 10)).rejects.toMatchObject({ trouble: 'timeout' });

    expect(limits).toEqual([10, 5, 2, 1, 1]);
  });

  it('grows again by doubling after three good pages each, up to what is wanted', async () => {
    let isSlow = true;
    const { limits, sized } = setUp((limit) => (isSlow && limit > 30 ? broken('timeout') : GOOD));
    await sized.pull(0, 100);
    isSlow = false;
    limits.length = 0;

    for (let page = 0; page < 10; page += 1) await sized.pull(0, 100);

    expect(limits).toEqual([25, 25, 50, 50, 50, 100, 100, 100, 100, 100]);
  });

  it('tries a size that failed again ever more seldom', async () => {
    const { limits, sized } = setUp((limit) => (limit > 50 ? broken('timeout') : GOOD));

    for (let page = 0; page < 90; page += 1) await sized.pull(0, 100);

    const tries = limits.flatMap((limit, at) => (limit === 100 ? [at] : []));
    expect(tries.slice(1).map((at, index) => at - (tries[index] ?? 0) - 1)).toEqual([3, 6, 12, 24]);
  });

  it('is smaller after a page that was too large, which is taken all the same', async () => {
    const { limits, sized } = setUp((limit) => (limit > 50 ? LARGE : GOOD));

    expect(await sized.pull(0, 200)).toBe(LARGE);
    await sized.pull(0, 200);
    await sized.pull(0, 200);

    expect(limits).toEqual([200, 100, 50]);
  });

  it.each<OdooTrouble>(['unreachable', 'limited', 'denied', 'refused', 'open', 'aborted'])(
    'stays as it is when the call was %s: that is no matter of size',
    async (trouble) => {
      const { limits, sized } = setUp(() => broken(trouble));

      await expect(sized.pull(0, 100)).rejects.toMatchObject({ trouble });

      expect(limits).toEqual([100]);
    },
  );

  it('does not ask again when Odoo said when to come back', async () => {
    const { limits, sized } = setUp(() => broken('overloaded', 30));

    await expect(sized.pull(0, 100)).rejects.toMatchObject({ retryAfterSeconds: 30 });

    expect(limits).toEqual([100]);
  });

  it('tells what was wrong, not that the breaker has opened over it', async () => {
    const { sized } = setUp((limit) => broken(limit < 50 ? 'open' : 'timeout'));

    await expect(sized.pull(0, 100)).rejects.toMatchObject({ trouble: 'timeout' });
  });
});
