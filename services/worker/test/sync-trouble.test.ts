import { BridgeError } from '@bridgecore/contracts';
import { FakeOdoo, JsonObject, until } from '@bridgecore/devkit';
import { jobOf, openSyncStack, partners, SyncRequest, SyncStack } from './sync-stack';

let stack: SyncStack;

beforeAll(async () => {
  stack = await openSyncStack();
});
afterAll(() => stack.close());
beforeEach(() => stack.begin(undefined, {}, 500));
afterEach(() => stack.end());

/** How an attempt has failed. */
async function failure(attempt: Promise<unknown>): Promise<BridgeError> {
  const outcome: unknown = await attempt.then(
    (report) => report,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(BridgeError);
  return outcome as BridgeError;
}

const emails = (odoo: FakeOdoo): unknown[] =>
  odoo
    .all('res.partner')
    .map(({ email }) => email)
    .sort();
const runState = async (): Promise<{ state: string; error: string | null; done: number }[]> =>
  stack.rows('select state, error, done from sync_runs');

/** Attempts of one job until it is done, as the queue makes them. */
async function attempts(request: SyncRequest, between: () => unknown, dependencies = {}): Promise<number> {
  const job = jobOf(request);
  for (let count = 1; count <= 50; count += 1) {
    try {
      await stack.sync(job, { dependencies });
      return count;
    } catch (error) {
      if (!(error instanceof BridgeError) || !error.retry) throw error;
      await between();
    }
  }
  throw new Error('it does not end');
}

describe('a run whose Odoo fails', () => {
  it('loses an attempt when it has done nothing, and none when it has', async () => {
    const { paris, lyon, sync } = stack;
    paris.seed('res.partner', partners(30));
    lyon.setFaults({ path: 'rpc', status: 502 });
    const nothing = await failure(sync());
    lyon.setFaults([]);
    let loads = 0;
    lyon.onRpc = ({ method, phase }) => {
      if (method === 'load' && phase === 'before' && (loads += 1) === 2) lyon.setFaults({ path: 'rpc', status: 502 });
    };

    const some = await failure(sync({}, { dependencies: { batch: 10 } }));

    expect(nothing).toMatchObject({ code: 'ODOO_UNAVAILABLE', retry: true });
    expect(some).toMatchObject({ code: 'JOB_POSTPONED', retry: true });
  });

  it.each([
    ['gives no answer', { reset: true }],
    ['does the work and loses the answer', { reset: true, afterWork: true }],
    ['is overloaded', { status: 503 }],
    ['fails inside', { status: 500 }],
  ])('goes on where it was when one %s, now and then', async (_, fault) => {
    const { paris, lyon } = stack;
    paris.seed('res.partner', partners(60));
    let calls = 0;
    lyon.onRpc = ({ phase }) => {
      if (phase === 'after' && (calls += 1) % 7 === 0) lyon.setFaults({ path: 'rpc', times: 1, ...fault });
    };

    const count = await attempts({}, () => undefined, { batch: 10 });

    expect(count).toBeGreaterThan(2);
    expect(emails(lyon)).toEqual(emails(paris));
    expect(await runState()).toMatchObject([{ state: 'done', error: null, done: 60 }]);
    const [{ result } = { result: {} }] = await stack.rows<{ result: object }>('select result from sync_runs');
    expect(result).toMatchObject({ forward: { created: 60, updated: 0, skipped: 0, failed: 0 } });
  });

  it('leaves an Odoo alone for as long as it says, and tells other runs', async () => {
    const { paris, lyon, sync } = stack;
    paris.seed('res.partner', partners(3));
    lyon.setFaults({ path: 'rpc', times: 1, status: 503, retryAfter: 60 });

    await failure(sync());
    lyon.setFaults([]);
    lyon.resetRpcCalls();
    const later = await failure(sync());

    expect(later).toMatchObject({ code: 'JOB_POSTPONED' });
    expect(later.retryAfterSeconds).toBeGreaterThan(50);
    expect(lyon.rpcCalls()).toEqual({});
  });

  it('takes half as many later when a list took too long, and goes on without one that takes too long alone', async () => {
    const { paris, lyon, said } = stack;
    const ids = paris.seed('res.partner', partners(9));
    let [isOnTrial, isSlow] = [true, false];
    lyon.refuse('res.partner', ({ name }) => {
      if (!isOnTrial || name !== 'Partner 5') return undefined;
      isSlow = true;
      return 'it takes too long, and then it fails';
    });
    lyon.onRpc = async ({ method, phase }) => {
      if (method !== 'load' || phase !== 'after' || !isSlow) return;
      isSlow = false;
      await new Promise((resolve) => setTimeout(resolve, 700)); // the calls of these tests wait for half a second
    };
    const job = jobOf();
    const batches: unknown[] = [];
    const note = async () => batches.push((await stack.rows('select batch from sync_runs'))[0]?.['batch']);

    await attempts(job, note, { batch: 4 });

    expect(batches).toEqual([2, 1]);
    expect(await said()).toMatchObject([{ record_id: ids[5], code: 'TIMEOUT' }]);
    isOnTrial = false;
    expect(await stack.sync()).toMatchObject({ created: 1, failed: 0 });
    expect(emails(lyon)).toEqual(emails(paris));
  }, 60_000);
});

describe('a run that cannot be done as it is set up', () => {
  it.each<[string, SyncRequest, RegExp]>([
    ['its system is not declared', { target_system_id: 'berlin' }, /no system "berlin".*paris, lyon/],
    ['its model is not there', { model: 'no.such.model' }, /no\.such\.model/],
    ['its filter names a field that is not there', { filters: [['nope', '=', 1]] }, /nope/],
  ])('ends and says why when %s', async (_, request, words) => {
    const error = await failure(stack.sync(request));

    expect(error.retry).toBe(false);
    expect(error.message).toMatch(words);
    const [run] = await runState();
    expect(run).toMatchObject({ state: 'failed' });
    expect(run?.error).toMatch(words);
    expect(await stack.rows(`select action, outcome from audit_logs`)).toEqual([
      { action: 'data_sync.failed', outcome: 'failed' },
    ]);
  });

  it('ends when its key is not taken, and says where to mend it', async () => {
    const { lyon, sync } = stack;
    lyon.edit('res.users', 7, { active: false });

    const error = await failure(sync());

    expect(error).toMatchObject({ code: 'ODOO_REFUSED', retry: false });
    expect(error.message).toMatch(/lyon refuses the credentials.*api_key in SYSTEMS_FILE/s);
  });
});

describe('what was begun to be created and whose source is gone', () => {
  it.each([
    ['leaves a tombstone where Odoo has created it', 'after'],
    ['leaves no trace where it has not', 'before'],
  ] as const)('%s', async (_, phase) => {
    const { paris, lyon, sync } = stack;
    const [id = 0] = paris.seed('res.partner', partners(1, { email: false }));
    lyon.onRpc = (call) => {
      if (call.method === 'load' && call.phase === phase) throw new Error('the process of Odoo dies');
    };
    await failure(sync());
    lyon.onRpc = undefined;
    paris.remove('res.partner', id);

    await sync({ bidirectional: true });

    expect(paris.all('res.partner')).toEqual([]);
    expect(await stack.rows('select left_id, right_id, deleted_at is not null as buried from sync_links')).toEqual(
      phase === 'after' ? [{ left_id: expect.any(Number) as number, right_id: id, buried: true }] : [],
    );
  });
});

describe('two runs', () => {
  it('of one pair do not run at once: the second waits, and then finds everything done', async () => {
    const { paris, lyon, sync } = stack;
    paris.seed('res.partner', partners(30));
    let goOn: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    lyon.onRpc = ({ method, phase }) => (method === 'load' && phase === 'before' ? gate : undefined);
    const first = sync();
    await until(() => lyon.rpcCalls()['res.users.context_get'], { what: 'the first run' });
    await until(async () => (await runState()).length === 1, { what: 'the first run to be kept' });

    const meanwhile = await failure(sync({ model: 'res.partner' }));
    const otherWay = await failure(sync({ source_system_id: 'lyon', target_system_id: 'paris' }));
    goOn();
    await first;
    const then = await sync();

    expect([meanwhile, otherWay]).toMatchObject([{ code: 'JOB_POSTPONED' }, { code: 'JOB_POSTPONED' }]);
    expect(then).toMatchObject({ created: 0, skipped: 30 });
    expect(emails(lyon)).toEqual(emails(paris));
  });

  it('one that was overtaken writes nothing more, to no Odoo either', async () => {
    const { paris, lyon, sync, pool } = stack;
    paris.seed('res.partner', partners(30));
    lyon.onRpc = async ({ method, phase }) => {
      if (method === 'load' && phase === 'after') await pool.query('update sync_pairs set fence = fence + 1');
    };

    const late = await failure(sync({}, { dependencies: { batch: 10 } }));

    expect(late).toMatchObject({ code: 'JOB_POSTPONED' });
    expect(lyon.rpcCalls()['res.partner.load']).toBe(1);
    expect(await stack.rows('select * from sync_links where begun_by is null')).toEqual([]);
    lyon.onRpc = undefined;
    await sync();
    expect(emails(lyon)).toEqual(emails(paris)); // what the late one has created was found again
  });

  it('one that is asked to end stops after its page, and the next attempt goes on from there', async () => {
    const { paris, lyon } = stack;
    paris.seed('res.partner', partners(50));
    const ended = new AbortController();
    let loads = 0;
    lyon.onRpc = ({ method, phase }) => {
      if (method === 'load' && phase === 'after' && (loads += 1) === 2) ended.abort();
    };
    const job = jobOf();

    const stopped = await failure(stack.sync(job, { dependencies: { batch: 10, ended: ended.signal } }));
    const [half] = await runState();
    const report = await stack.sync(job, { dependencies: { batch: 10 } });

    expect(stopped).toMatchObject({ code: 'JOB_POSTPONED' });
    expect(half?.done).toBeGreaterThanOrEqual(10);
    expect(half?.done).toBeLessThan(50);
    expect(report).toMatchObject({ created: 50, failed: 0 });
    expect(lyon.rpcCalls()['res.partner.load']).toBeLessThanOrEqual(6);
    expect(await stack.sync(job)).toMatchObject({ outcome: 'done' });
  });

  it('finishes what another has begun to create, before it takes that for something new', async () => {
    const { paris, lyon, sync } = stack;
    paris.seed('res.partner', partners(5, { email: false })); // no natural key to find them by
    lyon.onRpc = ({ method, phase }) => {
      if (method === 'load' && phase === 'after') lyon.setFaults({ path: 'rpc', reset: true });
    };
    await failure(sync());
    lyon.setFaults([]);
    lyon.onRpc = undefined;

    const otherWay = await sync({ source_system_id: 'lyon', target_system_id: 'paris' });

    expect(otherWay).toMatchObject({ failed: 0 });
    expect(paris.all('res.partner')).toHaveLength(5);
    expect(lyon.all('res.partner')).toHaveLength(5);
  });
});

describe('rights', () => {
  it('that hide one record do not stop the others', async () => {
    const { paris, lyon, sync, said } = stack;
    const ids = paris.seed('res.partner', partners(5));
    await sync();
    const hidden = lyon.all('res.partner')[2]?.['id'] as number;
    for (const id of ids) paris.edit('res.partner', id, { city: 'Nantes' });
    lyon.hide('res.partner', hidden);

    const report = await sync();

    expect(report).toMatchObject({ updated: 4, failed: 1 });
    expect(await said()).toMatchObject([{ record_id: ids[2], target_id: hidden, code: 'ACCESS' }]);
  });

  it('that are missing to write are told of every record, in the words of Odoo', async () => {
    const { sync, said } = stack;
    await stack.end();
    await stack.begin([18, 18], { lyon: { mayNotWrite: ['res.partner'] } });
    stack.paris.seed('res.partner', partners(30));

    const report = await sync();

    expect(report).toMatchObject({ created: 0, failed: 30 });
    const messages = (await said()).map(({ message }) => message);
    expect(messages).toHaveLength(30);
    expect(new Set(messages)).toEqual(new Set([expect.stringContaining('not allowed to create')]));
  });

  it('that are missing to read a parent leave its relation out, and say so', async () => {
    const { sync } = stack;
    await stack.end();
    await stack.begin([18, 18], { paris: { mayNotRead: ['res.country'] } });
    const country = stack.paris.all('res.country')[0]?.['id'] as number;
    stack.paris.seed('res.partner', partners(2, { country_id: country }));

    const report = await sync();

    expect(report).toMatchObject({ created: 2, failed: 0 });
    const [row] = await stack.rows<{ result: { forward: { left_out: JsonObject[] } } }>('select result from sync_runs');
    const entry = row?.result.forward.left_out.find(({ field }) => field === 'country_id');
    expect(entry).toMatchObject({ records: 2, reason: expect.stringContaining('res.country') as string });
  });
});

it('a record that is written while pages are read is read where it has gone', async () => {
  const { paris, lyon, sync } = stack;
  const ids = paris.seed('res.partner', partners(60), { at: new Date('2026-01-01T00:00:00Z') });
  let pages = 0;
  paris.onRpc = ({ method, phase }) => {
    if (method !== 'search_read' || phase !== 'after' || (pages += 1) % 2 === 0) return;
    const id = ids[(pages * 7) % 60] ?? 0; // before or behind where we are
    paris.edit('res.partner', id, { city: `Moved ${pages}` });
  };

  await sync({}, { dependencies: { batch: 10 } });
  paris.onRpc = undefined;
  await sync();

  const cityOf = (odoo: FakeOdoo) => new Map(odoo.all('res.partner').map(({ email, city }) => [email, city]));
  expect(cityOf(lyon)).toEqual(cityOf(paris));
});
