import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { readEvidence } from '../src/drill/evidence';
import { overtaken } from '../src/drill/runs';
import { migrate } from '../src/start/migrate';
import { createTestDatabase, type TestDatabase } from '../src/test-stores';
import { ROOT } from './deploy/repository';

const files = mkdtempSync(join(tmpdir(), 'bridgecore-evidence-'));
let database: TestDatabase;
let sql: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  await migrate(ROOT, files, { PATH: process.env['PATH'] ?? '', DATABASE_URL: database.url });
  sql = new Client({ connectionString: database.url });
  await sql.connect();
}, 60_000);

afterEach(() => sql.query('truncate audit_logs restart identity'));

afterAll(async () => {
  await sql.end();
  await database.drop();
  rmSync(files, { recursive: true });
});

/** An audit row for each commit, in the order given; all of them under the id of one tick. */
async function commit(...commits: readonly { worker: string; fence: number | undefined }[]): Promise<void> {
  for (const { worker, fence } of commits) {
    await sql.query(
      `insert into audit_logs (service, worker, action, outcome, system, correlation_id, detail)
       values ('worker', $1, 'event.pull', 'recorded', 'paris', 'tick', $2)`,
      [worker, { pull_id: '1', fence: fence?.toString() }],
    );
  }
}

const a = (fence?: number) => ({ worker: 'a', fence });
const b = (fence: number) => ({ worker: 'b', fence });

describe('what the drill reads of pull runs', () => {
  it('tells the runs apart when one worker takes up the job of a tick twice', async () => {
    await commit(a(9), a(9), b(10), a(11), a(11));

    const { commits } = await readEvidence(database.url);

    const run = { system: 'paris', correlation_id: 'tick' };
    expect([...commits].sort((one, other) => one.fence - other.fence)).toEqual([
      { ...run, fence: 9, first: 1, last: 2 },
      { ...run, fence: 10, first: 3, last: 3 },
      { ...run, fence: 11, first: 4, last: 5 },
    ]);
    expect(overtaken(commits)).toEqual([]);
  });

  it('finds the run that commits after a later one, even when it had committed nothing before', async () => {
    await commit(b(10), a(9), a(11));

    const { commits } = await readEvidence(database.url);

    expect(overtaken(commits)).toEqual([{ check: 'overtaken', detail: 'paris: run 9 (tick) after run 10 (tick)' }]);
  });

  it('takes no replay for a commit of the run that brought the event', async () => {
    await commit(a(9), b(10), a());

    const { commits } = await readEvidence(database.url);

    expect(overtaken(commits)).toEqual([]);
  });
});
