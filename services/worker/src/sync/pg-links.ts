import { Pool, PoolClient } from 'pg';
import { translate } from '@bridgecore/database';
import { Fence, heldBy } from './fence';
import { Begun, Link, Links, Settled } from './links';

/** Which run, from where to where. */
export interface LinkScope {
  readonly source: string;
  readonly target: string;
  readonly fence: Fence;
  /** Of the run in this direction. */
  readonly runId: string;
}

/** The links in PostgreSQL, seen in one direction; every write holds only while the run's fence does. */
export class PgLinks implements Links {
  /** The sides of the table, which has the systems in the order of their ids. */
  private readonly own: 'left' | 'right';
  private readonly other: 'left' | 'right';
  private readonly systems: readonly string[];

  constructor(
    private readonly pool: Pool,
    private readonly scope: LinkScope,
  ) {
    const { source, target } = scope;
    [this.own, this.other] = source < target ? ['left', 'right'] : ['right', 'left'];
    this.systems = [source, target].sort();
  }

  async ofSources(model: string, ids: readonly number[]): Promise<Map<number, Link>> {
    const { own, other } = this;
    if (ids.length === 0) return new Map();
    const links = await this.read<Link>(
      `select ${own}_id as source_id, ${other}_id as target_id, ${own}_fields as source_fields, ${other}_fields as target_fields,
              begun_by is not distinct from '${own}' as is_begun, run_id, run_outcome, deleted_at is not null as is_deleted
         from sync_links where ${OF_MODEL} and ${own}_id = any($4::int[])`,
      [model, ids],
    );
    return new Map(links.map((link) => [Number(link.source_id), link]));
  }

  async takenTargets(model: string, ids: readonly number[]): Promise<Set<number>> {
    if (ids.length === 0) return new Set();
    const sql = `select ${this.other}_id as id from sync_links where ${OF_MODEL} and ${this.other}_id = any($4::int[])`;
    return new Set((await this.read<{ id: number }>(sql, [model, ids])).map(({ id }) => id));
  }

  begin(model: string, entries: readonly Begun[]): Promise<void> {
    const { own, other } = this;
    return this.write(
      `insert into sync_links as link (left_system, right_system, model, ${own}_id, ${other}_id, ${own}_fields, ${other}_fields, begun_by)
       select $1, $2, $3, source_id, target_id, source_fields, target_fields, '${own}'
         from jsonb_to_recordset($4::jsonb) as row (source_id int, target_id int, source_fields jsonb, target_fields jsonb)
       on conflict (left_system, right_system, model, ${own}_id) do update
          set ${other}_id = coalesce(link.${other}_id, excluded.${other}_id), begun_by = excluded.begun_by,
              ${own}_fields = coalesce(excluded.${own}_fields, link.${own}_fields),
              ${other}_fields = coalesce(excluded.${other}_fields, link.${other}_fields)`,
      [model, JSON.stringify(entries)],
    );
  }

  settle(model: string, entries: readonly Settled[]): Promise<void> {
    const { own, other } = this;
    return this.write(
      `insert into sync_links as link (left_system, right_system, model, ${own}_id, ${other}_id,
                                       ${own}_fields, ${other}_fields, run_id, run_outcome)
       select $1, $2, $3, source_id, target_id, source_fields, target_fields, case when outcome is not null then $5::uuid end, outcome
         from jsonb_to_recordset($4::jsonb)
           as row (source_id int, target_id int, source_fields jsonb, target_fields jsonb, outcome text)
       on conflict (left_system, right_system, model, ${own}_id) do update
          set ${other}_id = excluded.${other}_id, ${own}_fields = excluded.${own}_fields, ${other}_fields = excluded.${other}_fields,
              begun_by = null, updated_at = now(), run_id = coalesce(excluded.run_id, link.run_id),
              run_outcome = case when link.run_outcome = 'created' and link.run_id = excluded.run_id then 'created'
                                 else coalesce(excluded.run_outcome, link.run_outcome) end`,
      [model, JSON.stringify(entries), this.scope.runId],
    );
  }

  adopt(model: string, entries: readonly Begun[]): Promise<void> {
    const { own, other } = this;
    return this.write(
      `update sync_links set ${own}_id = source_id, updated_at = now()
         from jsonb_to_recordset($4::jsonb) as row (source_id int, target_id int)
        where ${OF_MODEL} and ${other}_id = target_id and ${own}_id is null`,
      [model, JSON.stringify(entries)],
    );
  }

  async broughtAlong(): Promise<Record<string, { created: number; updated: number }>> {
    const rows = await this.read<{ model: string; created: number; updated: number }>(
      `select model, (count(*) filter (where run_outcome = 'created'))::int as created,
              (count(*) filter (where run_outcome = 'updated'))::int as updated
         from sync_links where left_system = $1 and right_system = $2 and run_id = $3 and run_outcome is not null
        group by model order by model`,
      [this.scope.runId],
    );
    return Object.fromEntries(rows.map(({ model, ...counts }) => [model, counts]));
  }

  async giveUp(model: string, sourceIds: readonly number[]): Promise<void> {
    if (sourceIds.length === 0) return;
    const begun = `${OF_MODEL} and ${this.own}_id = any($4::int[]) and begun_by = '${this.own}'`;
    await this.write(`delete from sync_links where ${begun} and ${this.other}_id is null`, [model, sourceIds]);
    await this.write(`update sync_links set begun_by = null where ${begun}`, [model, sourceIds]);
  }

  bury(model: string, sourceIds: readonly number[]): Promise<void> {
    return this.write(`${BURY} and ${this.own}_id = any($4::int[])`, [model, sourceIds]);
  }

  buryTargets(model: string, targetIds: readonly number[]): Promise<void> {
    return this.write(`${BURY} and ${this.other}_id = any($4::int[])`, [model, targetIds]);
  }

  async abandon(model: string, entries: readonly Begun[]): Promise<void> {
    const { own, other } = this;
    const of = `${OF_MODEL} and ${own}_id = source_id and begun_by = '${own}' and ${other}_id is null`;
    const rows = `jsonb_to_recordset($4::jsonb) as row (source_id int, target_id int)`;
    const values = [model, JSON.stringify(entries)];
    await this.write(`delete from sync_links using ${rows} where ${of} and target_id is null`, values);
    await this.write(
      `update sync_links set ${other}_id = target_id, begun_by = null, deleted_at = now(), updated_at = now()
         from ${rows} where ${of} and target_id is not null`,
      values,
    );
  }

  async counted(tx: PoolClient, model: string, sourceIds: readonly number[]): Promise<void> {
    await tx.query(
      `update sync_links set run_outcome = null
        where ${OF_MODEL} and ${this.own}_id = any($4::int[]) and run_id = $5 and run_outcome is not null`,
      [...this.systems, model, sourceIds, this.scope.runId],
    );
  }

  async unfinished(): Promise<Map<string, number[]>> {
    const rows = await this.read<{ model: string; ids: number[] }>(
      `select model, array_agg(${this.own}_id order by ${this.own}_id) as ids from sync_links
        where left_system = $1 and right_system = $2 and begun_by = '${this.own}' and ${this.other}_id is null group by model`,
      [],
    );
    return new Map(rows.map(({ model, ids }) => [model, ids]));
  }

  private async read<Row extends object>(sql: string, values: unknown[]): Promise<Row[]> {
    const { rows } = await this.pool.query<Row>(sql, [...this.systems, ...values]).catch((error: unknown) => {
      throw translate(error);
    });
    return rows;
  }

  private write(sql: string, values: unknown[]): Promise<void> {
    return heldBy(this.pool, this.scope.fence, (tx) => tx.query(sql, [...this.systems, ...values]));
  }
}

const OF_MODEL = 'left_system = $1 and right_system = $2 and model = $3';

const BURY = `update sync_links set deleted_at = coalesce(deleted_at, now()), begun_by = null, updated_at = now() where ${OF_MODEL}`;
