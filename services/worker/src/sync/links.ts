import { Pool, PoolClient } from 'pg';
import { translate } from '@bridgecore/database';
import { Fence, heldBy } from './fence';

/** A record of the source and its counterpart, seen in the direction of a run. */
export interface Link {
  readonly source_id: number | null;
  /** Null while it is being created. */
  readonly target_id: number | null;
  readonly source_hash: string | null;
  readonly target_hash: string | null;
  readonly is_begun: boolean;
  readonly is_incomplete: boolean;
  readonly run_id: string | null;
  readonly run_outcome: 'created' | 'updated' | null;
  /** One side was deleted: it is not to be created again. */
  readonly is_deleted: boolean;
}

/** How a pair stands after it was written, or found equal. */
export interface Settled {
  readonly source_id: number;
  readonly target_id: number;
  readonly source_hash: string | null;
  readonly target_hash: string | null;
  readonly is_incomplete: boolean;
  /** Null leaves what the link says of its last writing. */
  readonly outcome: 'created' | 'updated' | null;
}

/** Two records that are about to be written; without a target it is about to be created. */
export interface Begun {
  readonly source_id: number;
  readonly target_id: number | null;
}

/** The link table as one direction of a run needs it. */
export interface Links {
  ofSources(model: string, ids: readonly number[]): Promise<Map<number, Link>>;
  /** Those of these targets that are linked already. */
  takenTargets(model: string, ids: readonly number[]): Promise<Set<number>>;
  /** Notes what is about to be done before Odoo is asked: a crash in between then leads to the very same records. */
  begin(model: string, entries: readonly Begun[]): Promise<void>;
  settle(model: string, entries: readonly Settled[]): Promise<void>;
  /** Takes back the beginnings of what Odoo refused. */
  giveUp(model: string, sourceIds: readonly number[]): Promise<void>;
  /** Leaves tombstones for those whose counterpart was deleted. */
  bury(model: string, sourceIds: readonly number[]): Promise<void>;
  /** The creations of this direction that were begun and are not known to be done, by model. */
  unfinished(): Promise<Map<string, number[]>>;
}

/** Which run, from where to where. */
export interface LinkScope {
  readonly source: string;
  readonly target: string;
  readonly fence: Fence;
  /** Of the run in this direction. */
  readonly runId: string;
}

/** The links in PostgreSQL; every write holds only while the run's fence does. */
export function pgLinks(pool: Pool, scope: LinkScope): Links {
  const isLeft = scope.source < scope.target;
  const [own, other] = isLeft ? ['left', 'right'] : ['right', 'left'];
  const systems = isLeft ? [scope.source, scope.target] : [scope.target, scope.source];
  const columns = `${own}_id as source_id, ${other}_id as target_id, ${own}_hash as source_hash, ${other}_hash as target_hash,
    is_begun, is_incomplete, run_id, run_outcome, deleted_at is not null as is_deleted`;
  const read = async <Row extends object>(sql: string, values: unknown[]): Promise<Row[]> => {
    const { rows } = await pool.query<Row>(sql, values).catch((error: unknown) => {
      throw translate(error);
    });
    return rows;
  };
  const write = (sql: string, values: unknown[]): Promise<void> =>
    heldBy(pool, scope.fence, (tx: PoolClient) => tx.query(sql, [...systems, ...values]));
  const where = `left_system = $1 and right_system = $2 and model = $3`;
  return {
    ofSources: async (model, ids) => {
      const sql = `select ${columns} from sync_links where ${where} and ${own}_id = any($4::int[])`;
      const rows = ids.length === 0 ? [] : await read<Link>(sql, [...systems, model, ids]);
      return new Map(rows.map((link) => [Number(link.source_id), link]));
    },
    takenTargets: async (model, ids) => {
      const sql = `select ${other}_id as id from sync_links where ${where} and ${other}_id = any($4::int[])`;
      const rows = ids.length === 0 ? [] : await read<{ id: number }>(sql, [...systems, model, ids]);
      return new Set(rows.map(({ id }) => id));
    },
    begin: (model, entries) =>
      write(
        `insert into sync_links (left_system, right_system, model, ${own}_id, ${other}_id, is_begun)
         select $1, $2, $3, source_id, target_id, true
           from jsonb_to_recordset($4::jsonb) as row (source_id int, target_id int)
         on conflict (left_system, right_system, model, ${own}_id) do update
            set ${other}_id = coalesce(sync_links.${other}_id, excluded.${other}_id), is_begun = true`,
        [model, JSON.stringify(entries)],
      ),
    settle: (model, entries) => write(settleSql(own, other), [model, JSON.stringify(entries), scope.runId]),
    giveUp: async (model, ids) => {
      if (ids.length === 0) return;
      const open = `${where} and ${own}_id = any($4::int[]) and is_begun`;
      await write(`delete from sync_links where ${open} and ${other}_id is null`, [model, ids]);
      await write(`update sync_links set is_begun = false where ${open}`, [model, ids]);
    },
    bury: (model, ids) =>
      write(
        `update sync_links set deleted_at = coalesce(deleted_at, now()), is_begun = false, updated_at = now()
          where ${where} and ${own}_id = any($4::int[])`,
        [model, ids],
      ),
    unfinished: async () => {
      const sql = `select model, array_agg(${own}_id order by ${own}_id) as ids from sync_links
                    where left_system = $1 and right_system = $2 and is_begun and ${other}_id is null group by model`;
      return new Map(
        (await read<{ model: string; ids: number[] }>(sql, systems)).map(({ model, ids }) => [model, ids]),
      );
    },
  };
}

function settleSql(own: string, other: string): string {
  return `insert into sync_links as link (left_system, right_system, model, ${own}_id, ${other}_id, ${own}_hash, ${other}_hash,
                                  is_incomplete, run_id, run_outcome)
          select $1, $2, $3, source_id, target_id, source_hash, target_hash, is_incomplete,
                 case when outcome is not null then $5::uuid end, outcome
            from jsonb_to_recordset($4::jsonb)
              as row (source_id int, target_id int, source_hash uuid, target_hash uuid, is_incomplete boolean, outcome text)
          on conflict (left_system, right_system, model, ${own}_id) do update
             set ${other}_id = excluded.${other}_id, ${own}_hash = excluded.${own}_hash, ${other}_hash = excluded.${other}_hash,
                 is_incomplete = excluded.is_incomplete, is_begun = false, updated_at = now(),
                 run_id = coalesce(excluded.run_id, link.run_id),
                 run_outcome = coalesce(excluded.run_outcome, link.run_outcome)`;
}
