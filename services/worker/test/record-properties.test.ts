import { asyncProperty, assert } from 'fast-check';
import { History, histories, payloadOf, pushIdsOf, rowsOf, timeOf } from './history';
import { Recorder } from './recorder';
import { openWorkerStack, WorkerStack } from './worker-stack';

/** More of them: `PROPERTY_RUNS=2000 npm test -- record-properties`. A failure prints the seed and the smallest history. */
const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 60);
let stack: WorkerStack;
let systems = 0;

beforeAll(async () => {
  stack = await openWorkerStack({ max: 16 });
});
afterAll(() => stack.close());

interface Row {
  readonly push_id: string | null;
  readonly pull_id: string | null;
  readonly data: object;
  readonly occurred_at: Date;
  readonly priority: string;
  readonly user_name: string | null;
}

function checkRows(history: History, rows: readonly Row[]): void {
  history.changes.forEach((change, index) => {
    const pulled = rows.filter(({ pull_id }) => pull_id === String(index + 1));
    expect(pulled).toMatchObject([
      {
        ...{ data: payloadOf(change, index), occurred_at: new Date(`${timeOf(index)}Z`), priority: 'low' },
        user_name: `User ${index}`,
      },
    ]);
    const pushIds = pushIdsOf(change, index).map(String);
    if (pushIds.length > 0) expect(pushIds).toContain(pulled[0]?.push_id);
    for (const id of pushIds) {
      const count = rows.filter(({ push_id }) => push_id === id).length;
      // A dated push under a second id is the same event, and its id is nowhere (rule 3).
      expect(count).toBe(change.kind === 'dated' && pulled[0]?.push_id !== id ? 0 : 1);
    }
  });
  expect(rows).toHaveLength(rowsOf(history));
}

describe('any history, in any order and any batches, with crashes at any commit', () => {
  it('is recorded with every event once, and only what is stored is acknowledged', async () => {
    const property = asyncProperty(histories, async (history) => {
      const system = `system-${(systems += 1)}`;
      const recorder = new Recorder(stack, system, history);

      await recorder.run();

      checkRows(history, await stack.rows<Row>('select * from webhook_events where system = $1', [system]));
      expect(recorder.wronglyAcknowledged).toEqual([]);
      expect(recorder.wronglyPassed).toEqual([]);
      expect(await stack.rows('select reason, error from dead_letters where system = $1', [system])).toEqual([]);
    });
    await assert(property, { numRuns });
  }, 600_000);
});
