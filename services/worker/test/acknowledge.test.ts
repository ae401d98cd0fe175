import { Fault } from '@bridgecore/devkit';
import { OdooClient } from '@bridgecore/odoo';
import { openPullStack, PullStack } from './pull-stack';

let stack: PullStack;
beforeAll(async () => {
  stack = await openPullStack();
});
afterAll(() => stack.close());
beforeEach(() => stack.begin());
afterEach(() => stack.end());

const asked = () => Object.values(stack.odoo.requests()['mark-processed'] ?? {}).reduce((a, b) => a + b, 0);

describe('acknowledging a page', () => {
  it('halves what Odoo refuses until the one row that it refuses stands alone', async () => {
    stack.odoo.makeEvents(40);
    const poison = stack.odoo.rows()[17]?.id ?? 0;
    stack.odoo.setFaults({ path: 'mark-processed', refuseIds: [poison] });

    const report = await stack.run({ limit: 40 });

    expect(report).toMatchObject({ recorded: 40, unacknowledged: 1 });
    expect(stack.unacknowledged()).toEqual([poison]);
    expect(stack.logged('pull.not_acknowledged')).toMatchObject([{ level: 'warn', rows: 1, ids: [poison] }]);
  });

  it('stops when a whole level is refused, and says so once with some of the ids', async () => {
    stack.odoo.makeEvents(40);
    stack.odoo.setFaults({ path: 'mark-processed', refuseIds: 'all' });

    const report = await stack.run({ limit: 40 });

    expect(report).toMatchObject({ recorded: 40, unacknowledged: 40 });
    expect(asked()).toBe(3);
    const [line, ...others] = stack.logged('pull.not_acknowledged');
    expect(line).toMatchObject({ rows: 40, ids: stack.unacknowledged().slice(0, 10) });
    expect(others).toEqual([]);
  });

  it('keeps what Odoo took, and leaves the rest to the sweep, when it is overloaded in between', async () => {
    stack.odoo.makeEvents(40);
    stack.odoo.setFaults({ path: 'mark-processed', refuseIds: 'all', times: 1 });
    let lists = 0;
    const odoo: OdooClient = {
      ...stack.client,
      acknowledge: (ids, signal) => {
        if (++lists === 3) stack.odoo.setFaults({ path: 'mark-processed', status: 503 });
        return stack.client.acknowledge(ids, signal);
      },
    };

    expect(await stack.run({ limit: 40, odoo })).toMatchObject({ unacknowledged: 20 });

    expect(asked()).toBe(3);
    expect(stack.unacknowledged()).toEqual(
      stack.odoo
        .rows()
        .slice(20)
        .map(({ id }) => id),
    );
  });

  it.each<[string, Fault]>([
    ['answers 429', { status: 429 }],
    ['answers 502', { status: 502 }],
    ['answers 503', { status: 503 }],
    ['answers 504', { status: 504 }],
    ['does not let us in', { status: 401 }],
    ['forbids it', { status: 403 }],
    ['resets the connection', { reset: true }],
  ])('is left to the sweep, unhalved, when Odoo %s', async (_, fault) => {
    stack.odoo.makeEvents(8);
    stack.odoo.setFaults({ ...fault, path: 'mark-processed' });

    expect(await stack.run()).toMatchObject({ recorded: 8, unacknowledged: 8 });
    expect(asked()).toBe(1);

    stack.odoo.setFaults([]);
    expect(await stack.sweeping()).toMatchObject({ sweep: { repeat: 8 } });
    expect(stack.unacknowledged()).toEqual([]);
  });

  it('halves no list of one', async () => {
    stack.odoo.makeEvents(1);
    stack.odoo.setFaults({ path: 'mark-processed', refuseIds: 'all' });

    expect(await stack.run()).toMatchObject({ unacknowledged: 1 });
    expect(asked()).toBe(1);
  });
});
