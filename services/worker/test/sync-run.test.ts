import { openSyncStack, partners, SyncStack } from './sync-stack';

let stack: SyncStack;

beforeAll(async () => {
  stack = await openSyncStack();
});
afterAll(() => stack.close());
beforeEach(() => stack.begin());
afterEach(() => stack.end());

describe('a first run', () => {
  it('creates every record, and a second one writes nothing', async () => {
    const { paris, lyon, sync } = stack;
    paris.seed('res.partner', partners(250));
    const before = lyon.all('res.partner').length;

    const first = await sync();
    lyon.resetRpcCalls();
    const second = await sync();

    console.log(
      first,
      second,
      lyon.rpcCalls(),
      lyon.all('res.partner').length - before,
      (await stack.said()).slice(0, 3),
    );
    expect(first).toMatchObject({ created: paris.all('res.partner').length });
  });
});
