import { Client } from 'pg';
import { MARKER, REFUSED } from './ledger';

/** A recorded event, as far as the drill looks at it. */
export interface EventRow {
  readonly id: string;
  readonly system: string;
  readonly push_id: string | null;
  readonly pull_id: string | null;
  readonly marker: string | null;
  /** In ms. */
  readonly recorded_at: number;
}

/** A dead letter, as far as the drill looks at it. */
export interface Letter {
  readonly id: string;
  readonly system: string;
  readonly origin: 'push' | 'pull';
  readonly origin_id: string | null;
  readonly marker: string | null;
  readonly status: 'open' | 'replayed' | 'discarded';
  readonly reason: string;
}

/**
 * The commits of one pull run, by the ids of its audit rows, which are drawn in the order of the commits. A job that
 * another worker took up is another run, under the id of the same tick.
 */
export interface RunCommits {
  readonly system: string;
  readonly correlation_id: string;
  readonly first: number;
  readonly last: number;
}

/** Everything that PostgreSQL knows in the end. */
export interface Evidence {
  readonly rows: readonly EventRow[];
  readonly letters: readonly Letter[];
  readonly commits: readonly RunCommits[];
}

const ROWS = `select id, system, push_id, pull_id, data->>'${MARKER}' as marker,
                     (extract(epoch from recorded_at) * 1000)::float8 as recorded_at
                from webhook_events`;
const LETTERS = `select id, system, origin, origin_id, substring(raw from 'drill-[a-z]+-[0-9]+') as marker, status, reason
                   from dead_letters`;
// A replay records what a run has brought long ago, under the correlation id of that run.
const COMMITS = `select system, correlation_id, min(id)::float8 as first, max(id)::float8 as last
                   from audit_logs
                  where action = 'event.pull'
                    and event_id not in (select event_id from dead_letters where event_id is not null)
                  group by system, correlation_id, worker`;

/** Reads it. */
export async function readEvidence(databaseUrl: string): Promise<Evidence> {
  return withClient(databaseUrl, async (client) => ({
    rows: (await client.query<EventRow>(ROWS)).rows,
    letters: (await client.query<Letter>(LETTERS)).rows,
    commits: (await client.query<RunCommits>(COMMITS)).rows,
  }));
}

const UNTOLD = `select exists (select from outbox) or exists (select from deliveries where state = 'waiting') as is_telling`;

/** True while somebody is still to be told of something. */
export async function isTelling({ databaseUrl }: { readonly databaseUrl: string }): Promise<boolean> {
  const { rows } = await withClient(databaseUrl, (client) => client.query<{ is_telling: boolean }>(UNTOLD));
  return rows[0]?.is_telling ?? true;
}

/** The rule by which events are refused that a replay can record, once the rule is gone. */
export async function refuseOnce(databaseUrl: string, isInForce: boolean): Promise<void> {
  const change = isInForce
    ? `add constraint drill check (data->>'name' is distinct from '${REFUSED}')`
    : 'drop constraint drill';
  await withClient(databaseUrl, (client) => client.query(`alter table webhook_events ${change}`));
}

async function withClient<T>(databaseUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
