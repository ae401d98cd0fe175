import * as fc from 'fast-check';
import { until } from '@bridgecore/devkit';
import { breakingPool, Break } from './breaking-pool';
import { NotifyStack, TestDispatcher } from './notify-stack';
import { Answer, fine, openReceiver, Receiver, status } from './receiver';

let stack: NotifyStack;
let receiver: Receiver;

beforeAll(async () => {
  stack = await NotifyStack.open();
});
afterAll(() => stack.close());

const ANSWERS: Record<string, Answer> = {
  fine,
  ...{ failed: status(500), refused: status(400), gone: status(410), moved: status(302, { location: '/' }) },
  ...{ busy: status(503, { 'retry-after': '60' }), reset: (response) => void response.socket?.resetAndDestroy() },
  // It has taken it, and we do not hear of it.
  unheard: (response) => void response.socket?.destroy(),
};

const course = fc.record({
  isOrdered: fc.boolean(),
  records: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 12 }),
  answers: fc.array(fc.constantFrom(...Object.keys(ANSWERS)), { maxLength: 20 }),
  breaks: fc.array(fc.constantFrom<Break | undefined>('before-commit', 'after-commit', undefined, undefined), {
    maxLength: 12,
  }),
});

/** The operator resumes, and time goes by: whatever waits is due, whoever had claimed it. */
async function passTime(workers: readonly TestDispatcher[]): Promise<void> {
  await stack.stack.pool.query(
    `update subscriptions set state = 'active', open_until = null where state = 'paused' or open_until is not null`,
  );
  await stack.stack.pool.query(`update deliveries set next_attempt_at = now() where state = 'waiting'`);
  workers.forEach((worker) => worker.ring());
}

describe('whatever receivers answer and whenever connections break', () => {
  it('no delivery is lost, and ordered ones arrive in their order', async () => {
    await fc.assert(
      fc.asyncProperty(course, async ({ isOrdered, records, answers, breaks }) => {
        await stack.begin();
        const left = { answers: [...answers], breaks: [...breaks] };
        const taken: string[] = [];
        receiver = await openReceiver((response, request, number) => {
          const name = left.answers.shift() ?? 'fine';
          if (name === 'fine' || name === 'unheard') taken.push(String(request.headers['webhook-id']));
          ANSWERS[name]?.(response, request, number);
        });
        const id = await stack.subscribe(receiver.url, { ordered: isOrdered });
        await stack.deliver(
          id,
          records.map((record_id) => ({ record_id })),
        );
        const pool = breakingPool(stack.stack.pool, () => left.breaks.shift());
        const config = { NOTIFY_ATTEMPTS: 100 };
        const workers = [stack.dispatch({ pool, config }), stack.dispatch({ pool, config })];

        await until(
          async () => {
            await passTime(workers);
            return (await stack.countOf('delivered')) === records.length;
          },
          { what: 'all deliveries', timeoutMs: 30_000 },
        );
        for (const worker of workers) await worker.end();
        await receiver.close();

        const rows = await stack.stack.rows<{ message: string; record_id: number; state: string }>(
          `select 'msg_' || replace(message_id::text, '-', '') as message, record_id, state from deliveries order by event_id`,
        );
        expect(rows.map(({ state }) => state)).toEqual(records.map(() => 'delivered'));
        const firsts = [...new Set(taken)];
        expect([...firsts].sort()).toEqual(rows.map(({ message }) => message).sort());
        if (isOrdered) {
          for (const record of new Set(records)) {
            const ofRecord = rows.filter(({ record_id }) => record_id === record).map(({ message }) => message);
            expect(firsts.filter((message) => ofRecord.includes(message))).toEqual(ofRecord);
          }
        }
      }),
      { numRuns: 20 },
    );
  }, 180_000);
});
