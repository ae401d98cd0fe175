import { randomUUID } from 'node:crypto';
import { syncModelsOf } from '@bridgecore/contracts';
import { FakeOdoo, JsonObject } from '@bridgecore/devkit';
import { jobOf, named, openSyncStack, partners, SyncStack } from './sync-stack';

let stack: SyncStack;

beforeAll(async () => {
  stack = await openSyncStack();
});
afterAll(() => stack.close());
beforeEach(() => stack.begin());
afterEach(() => stack.end());

function breakAfter(odoo: FakeOdoo, what: string): void {
  odoo.onRpc = ({ model, method, phase }) => {
    if (`${model}.${method}` === what && phase === 'after') odoo.setFaults({ path: 'rpc', reset: true });
  };
}

function heal(odoo: FakeOdoo): void {
  odoo.onRpc = undefined;
  odoo.setFaults({});
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** What it reports, or its error as text. */
const outcomeOf = async (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.catch((error: unknown) => `${(error as { code?: string }).code ?? ''} ${(error as Error).message}`);

describe('a relation that the other side cannot have', () => {
  async function given(): Promise<{ id: number; copy: number; land: number }> {
    const { paris, lyon, sync } = stack;
    const [land = 0] = paris.seed('res.country', [{ name: 'Utopia', code: 'UU' }]);
    const [id = 0] = paris.seed('res.partner', partners(1, { country_id: land }));
    await sync({ bidirectional: true });
    return { id, copy: named(lyon, 'res.partner', 'Partner 0').id, land };
  }

  it.each(['source_wins', 'newest_wins', 'manual'] as const)(
    'takes another field over, and stays, under %s',
    async (conflicts) => {
      const { paris, lyon, sync } = stack;
      const { id, copy } = await given();
      await pause(1100);
      lyon.edit('res.partner', copy, { phone: '+33 7' });
      const report = await sync({ bidirectional: true, conflicts });
      const again = await sync({ bidirectional: true, conflicts });

      expect([
        paris.read('res.partner', id)?.['phone'],
        paris.read('res.partner', id)?.['country_id'],
        report,
        again,
      ]).toEqual([
        '+33 7',
        [expect.any(Number), 'Utopia'],
        expect.objectContaining({ conflicts: 0 }),
        expect.objectContaining({ conflicts: 0 }),
      ]);
    },
  );

  it.each(['source_wins', 'newest_wins'] as const)(
    'comes to rest when it can be said after all, under %s',
    async (conflicts) => {
      const { paris, lyon, sync } = stack;
      const [id = 0] = paris.seed('res.partner', partners(1));
      await sync({ bidirectional: true, conflicts });
      const copy = named(lyon, 'res.partner', 'Partner 0').id;
      const [land = 0] = paris.seed('res.country', [{ name: 'Utopia', code: 'UU' }]);
      paris.edit('res.partner', id, { country_id: land });
      lyon.edit('res.partner', copy, { country_id: lyon.all('res.country')[0]?.['id'] });
      await sync({ bidirectional: true, conflicts });
      lyon.seed('res.country', [{ name: 'Utopia', code: 'UU' }]);
      await sync({ bidirectional: true, conflicts, full: true });
      await sync({ bidirectional: true, conflicts, full: true });
      const last = await sync({ bidirectional: true, conflicts, full: true });
      const nameOf = (odoo: FakeOdoo, of: number) =>
        (odoo.read('res.partner', of)?.['country_id'] as [number, string])[1];

      expect([nameOf(lyon, copy), last]).toEqual([nameOf(paris, id), expect.objectContaining({ conflicts: 0 })]);
    },
  );
});

describe('a run', () => {
  it('does not stop for a record that it may not read once it has created it', async () => {
    const { paris, lyon, sync } = stack;
    paris.seed('res.partner', partners(3));
    lyon.onRpc = ({ method, phase, model }) => {
      if (method === 'load' && phase === 'after' && model === 'res.partner')
        lyon.hide('res.partner', lyon.all('res.partner').at(-1)?.['id'] as number);
    };
    const first = await outcomeOf(sync());
    lyon.onRpc = undefined;
    const second = await outcomeOf(sync());
    const third = await outcomeOf(sync({ model: 'product.template' }));

    expect([first, second, third]).toEqual([
      expect.objectContaining({ created: 3 }),
      expect.objectContaining({ failed: 0 }),
      expect.objectContaining({ failed: 0 }),
    ]);
  });

  it('does not stop for a record that its own writing hides', async () => {
    const { paris, lyon, sync } = stack;
    const ids = paris.seed('res.partner', partners(3));
    await sync();
    for (const id of ids) paris.edit('res.partner', id, { city: 'X' });
    const hidden = lyon.all('res.partner').at(-1)?.['id'] as number;
    lyon.onRpc = ({ method, phase }) => {
      if (method === 'write' && phase === 'after') lyon.hide('res.partner', hidden);
    };

    expect(await outcomeOf(sync())).toEqual(expect.objectContaining({ failed: 0 }));
  });

  it('leaves a relation out whose model the target does not show', async () => {
    await stack.end();
    await stack.begin([18, 18], { lyon: { mayNotRead: ['res.country'] } });
    const { paris, sync } = stack;
    const country = paris.all('res.country')[0]?.['id'] as number;
    paris.seed('res.partner', [...partners(2), { name: 'With', country_id: country }]);

    expect(await outcomeOf(sync())).toEqual(expect.objectContaining({ created: 3 }));
  });

  it('copies from an Odoo that it may only read', async () => {
    await stack.end();
    await stack.begin([18, 19], { paris: { mayNotWrite: ['res.partner', 'res.partner.category'] } });
    const [tag = 0] = stack.paris.seed('res.partner.category', [{ name: 'VIP' }]);
    stack.paris.seed('res.partner', partners(2, { category_id: [tag] }));

    expect(await stack.sync()).toMatchObject({ created: 2, failed: 0 });
    expect(named(stack.lyon, 'res.partner', 'Partner 1')).toMatchObject({
      city: 'Lyon',
      category_id: [expect.any(Number)],
    });
  });

  it('finds what is only sought although we may not write it', async () => {
    await stack.end();
    await stack.begin([18, 18], { lyon: { mayNotWrite: ['res.country.state', 'res.country'] } });
    const { paris, lyon, sync } = stack;
    const country = paris.all('res.country')[0]?.['id'] as number;
    const code = paris.read('res.country', country)?.['code'];
    const other = lyon.all('res.country').find((c) => c['code'] === code)?.['id'] as number;
    const [state = 0] = paris.seed('res.country.state', [{ name: 'S', code: 'SS', country_id: country }]);
    lyon.seed('res.country.state', [{ name: 'S', code: 'SS', country_id: other }]);
    paris.seed('res.partner', [{ name: 'With', country_id: country, state_id: state }]);

    expect(await outcomeOf(sync())).toEqual(expect.objectContaining({ created: 1 }));
    expect(named(lyon, 'res.partner', 'With')['state_id']).toEqual([expect.any(Number), expect.anything()]);
  });
});

describe('what was begun and broken off', () => {
  it('is not doubled when it was created, and refused when that was tried again', async () => {
    const { paris, lyon, sync } = stack;
    const [id = 0] = paris.seed('res.partner', partners(1, { email: false }));
    breakAfter(lyon, 'res.partner.load');
    await outcomeOf(sync());
    heal(lyon);
    paris.edit('res.partner', id, { city: 'Bad' });
    let strict = true;
    lyon.refuse('res.partner', ({ city }) => (strict && city === 'Bad' ? 'no' : undefined));
    const second = await outcomeOf(sync({ bidirectional: true }));
    strict = false;
    const third = await outcomeOf(sync({ bidirectional: true }));

    expect([paris.all('res.partner').length, lyon.all('res.partner').length, second, third]).toEqual([
      1,
      1,
      expect.objectContaining({ failed: 1 }),
      expect.objectContaining({ failed: 0 }),
    ]);
  });

  it('does not lose what a person has written there meanwhile', async () => {
    const { paris, lyon, sync } = stack;
    const [id = 0] = paris.seed('res.partner', partners(1));
    breakAfter(lyon, 'res.partner.load');
    await outcomeOf(sync());
    heal(lyon);
    const copy = named(lyon, 'res.partner', 'Partner 0').id;
    lyon.edit('res.partner', copy, { phone: '+33 8' });
    await sync({ bidirectional: true });

    expect([lyon.read('res.partner', copy)?.['phone'], paris.read('res.partner', id)?.['phone']]).toEqual([
      '+33 8',
      '+33 8',
    ]);
  });

  it('is not buried for being hidden', async () => {
    const { paris, lyon, sync } = stack;
    const [id = 0] = paris.seed('res.partner', partners(1, { email: false }));
    breakAfter(lyon, 'res.partner.load');
    await outcomeOf(sync());
    heal(lyon);
    paris.hide('res.partner', id);
    await sync({ model: 'product.template' });

    expect(await stack.rows('select deleted_at from sync_links')).toMatchObject([{ deleted_at: null }]);
  });

  it('counts as updated when it was written and not noted', async () => {
    const { paris, lyon, sync } = stack;
    const [id = 0] = paris.seed('res.partner', partners(1));
    await sync();
    paris.edit('res.partner', id, { city: 'Nantes' });
    const run = randomUUID();
    breakAfter(lyon, 'res.partner.write');
    await outcomeOf(sync({ id: run }));
    heal(lyon);
    await pause(1100);

    expect(await sync({ id: run })).toMatchObject({ updated: 1, skipped: 0 });
  });

  it('counts a parent as brought along although the worker died', async () => {
    const { paris, lyon, sync } = stack;
    const [categ = 0] = paris.seed('product.category', [{ name: 'Cat' }]);
    paris.seed('product.template', [{ name: 'Desk', default_code: 'D', categ_id: categ }]);
    const run = randomUUID();
    breakAfter(lyon, 'product.template.load');
    await outcomeOf(sync({ id: run, model: 'product.template' }));
    heal(lyon);
    await pause(1100);
    await sync({ id: run, model: 'product.template' });
    const [row] = await stack.rows<{ result: JsonObject }>('select result from sync_runs');

    expect(row?.result).toMatchObject({ forward: { parents: { 'product.category': { created: 1 } } } });
  });
});

describe('a run whose Odoo is slow', () => {
  it('does not double on the way back what timed out and was created', async () => {
    await stack.end();
    await stack.begin([18, 18], {}, 500);
    const { paris, lyon } = stack;
    paris.seed('res.partner', partners(1));
    lyon.onRpc = async ({ method, phase }) => {
      if (method === 'load' && phase === 'after') await pause(900);
    };
    const job = jobOf({ bidirectional: true });
    const first = await outcomeOf(stack.sync(job, { dependencies: { batch: 1 } }));
    lyon.onRpc = undefined;
    await pause(1000);
    const second = await outcomeOf(stack.sync({ bidirectional: true }));
    const third = await outcomeOf(stack.sync({ bidirectional: true }));

    expect([paris.all('res.partner').length, lyon.all('res.partner').length, first, second, third]).toEqual([
      1,
      1,
      expect.objectContaining({ failed: 1 }),
      expect.objectContaining({ failed: 0 }),
      expect.objectContaining({ failed: 0 }),
    ]);
  });

  it('does not ask one by one for what timed out together', async () => {
    await stack.end();
    await stack.begin([18, 18], {}, 500);
    const { paris, lyon } = stack;
    const ids = paris.seed('res.partner', partners(8));
    await stack.sync();
    for (const id of ids) paris.edit('res.partner', id, { city: 'X' });
    lyon.resetRpcCalls();
    lyon.onRpc = async ({ method, phase }) => {
      if (method === 'write' && phase === 'before') await pause(700);
    };
    const report = await outcomeOf(stack.sync());
    lyon.onRpc = undefined;

    expect([lyon.rpcCalls()['res.partner.write'], report]).toEqual([1, expect.stringContaining('POSTPONED')]);
  }, 30_000);

  it('loses attempts on an Odoo that hangs from the first call on', async () => {
    await stack.end();
    await stack.begin([18, 18], {}, 300);
    const { paris, lyon } = stack;
    paris.seed('res.partner', partners(1));
    lyon.setFaults({ path: 'rpc', hang: true });
    const job = jobOf();
    const said: unknown[] = [];
    for (let i = 0; i < 4; i += 1) {
      said.push(await outcomeOf(stack.sync(job)));
      await stack.redis.flushdb();
      await pause(1100);
    }
    const rows = await stack.rows('select state, batch from sync_runs');
    lyon.setFaults({});

    expect({ said, rows }).toEqual({
      said: said.map((): unknown => expect.stringContaining('UNAVAILABLE')),
      rows: [expect.objectContaining({ batch: null })],
    });
  }, 30_000);
});

describe('a run, when it is counted,', () => {
  it('counts a parent of the asked model that the filter leaves out as brought along', async () => {
    const { paris, lyon, sync } = stack;
    const [top = 0] = paris.seed('res.partner', [{ name: 'Top', city: 'Else' }]);
    paris.seed('res.partner', partners(1, { parent_id: top }));
    const report = await sync({ filters: [['city', '=', 'Lyon']] });
    const [row] = await stack.rows<{ result: JsonObject }>('select result from sync_runs');

    expect(lyon.all('res.partner')).toHaveLength(2);
    expect([report, row?.result]).toMatchObject([
      { created: 1 },
      { forward: { parents: { 'res.partner': { created: 1, updated: 0 } } } },
    ]);
  });

  it('tells under manual of a field that is set up later and differs', async () => {
    const { paris, lyon, sync } = stack;
    const without = syncModelsOf('models: {res.partner: {natural_key: [email], exclude: [city]}}');
    paris.seed('res.partner', partners(1));
    await sync({ conflicts: 'manual' }, { models: without });
    lyon.edit('res.partner', named(lyon, 'res.partner', 'Partner 0').id, { city: 'Nice' });
    const report = await sync({ conflicts: 'manual' });

    expect(report).toMatchObject({ failed: 1 });
  });
});
