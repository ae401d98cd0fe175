import type { Written } from '../change';
import type { Json, JsonObject } from '../json-write';
import type { Journal } from '../journal';
import type { Records } from '../records';
import { baseData } from './base-data';
import { CallContext } from './call-context';
import type { RpcStore } from './call-env';
import { ExternalIds } from './external-ids';
import { Models } from './models';
import { answerRpc } from './rpc-routes';
import type { RpcReply, RpcRequest } from './rpc-reply';
import { RpcService, type RpcHook } from './rpc-service';
import { ADMIN, type RpcOptions } from './rpc-user';
import { Rules } from './rules';
import { Table } from './table';

/** What RPC has to know about the Odoo it belongs to. */
export interface RpcDeps {
  readonly records: Records;
  readonly journal: Journal;
  readonly now: () => Date;
  readonly hook: () => RpcHook | undefined;
  readonly committed: (written: readonly Written[]) => void;
}

const EVERYTHING = new CallContext({ active_test: false });

/** Odoo's external RPC over the records of the business, and what a test does to those records itself. */
export class Rpc {
  readonly rules = new Rules();
  readonly service: RpcService;
  private readonly store: RpcStore;

  constructor(
    { records, journal, now, hook, committed }: RpcDeps,
    private readonly options: RpcOptions | undefined,
  ) {
    const { version = 18, database = 'odoo', users = [] } = options ?? {};
    this.store = { records, models: new Models(records), journal, rules: this.rules, version, now };
    const known = options === undefined ? undefined : database;
    this.service = new RpcService({ store: this.store, database: known, users, hook, committed });
    this.fill();
  }

  answer(request: RpcRequest): Promise<RpcReply> | RpcReply {
    return answerRpc(request, this.service);
  }

  /** What a fresh database holds; nothing without RPC, whose users nobody is then. */
  fill(): void {
    if (this.options === undefined) return;
    for (const { model, rows, xids = [] } of baseData(this.options.users ?? [])) this.insert(model, rows, { xids });
  }

  /** Records that are there, without events; all with one date. */
  insert(
    model: string,
    rows: readonly JsonObject[],
    { at, xids = [] }: { readonly at?: Date | undefined; readonly xids?: readonly string[] } = {},
  ): number[] {
    const options = { silent: true, ...(at === undefined ? {} : { at }) };
    return this.service.inTransaction(
      ADMIN,
      EVERYTHING,
      (env) => {
        const table = new Table(model, env);
        const ids = rows.map((row) => table.create(row));
        const names = new ExternalIds(env);
        for (const [at, xid] of xids.entries()) if (ids[at] !== undefined) names.assign(xid, model, ids[at]);
        return ids;
      },
      false,
      options,
    );
  }

  /** A change in the web client. */
  edit(model: string, id: number, values: JsonObject): void {
    this.byHand(model, (table) => table.write([id], values));
  }

  remove(model: string, id: number): void {
    this.byHand(model, (table) => table.unlink([id]));
  }

  /** All records, archived ones too, as RPC spells them but with the microseconds of their dates. */
  all(model: string): JsonObject[] {
    if (this.store.models.find(model) === undefined) return [];
    return this.service.inTransaction(ADMIN, EVERYTHING, (env) => readExactly(new Table(model, env)), false);
  }

  read(model: string, id: number): JsonObject | undefined {
    if (this.store.models.find(model) === undefined) return undefined;
    return this.service.inTransaction(ADMIN, EVERYTHING, (env) => readExactly(new Table(model, env), id)[0], false);
  }

  private byHand(model: string, act: (table: Table) => void): void {
    this.service.inTransaction(ADMIN, EVERYTHING, (env) => act(new Table(model, env)), false, { client: 'web' });
  }
}

function readExactly(table: Table, id?: number): JsonObject[] {
  const rows = id === undefined ? table.search([], { order: 'id' }) : table.browse([id]);
  return table.read(rows).map((record, at) => ({ ...record, ...exactDates(rows[at]?.state ?? {}) }));
}

function exactDates(state: JsonObject): Record<string, Json> {
  const dates = ['create_date', 'write_date'].flatMap((name) => {
    const value = state[name];
    return typeof value === 'string' ? [[name, value.replace('T', ' ')] as const] : [];
  });
  return Object.fromEntries(dates);
}
