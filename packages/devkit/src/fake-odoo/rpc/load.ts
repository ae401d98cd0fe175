import type { Json, JsonObject } from '../json-write';
import type { CallEnv } from './call-env';
import { ExternalIds } from './external-ids';
import { rowMessage, type LoadMessage } from './load-message';
import { convertRow, parseColumns, type LoadRow } from './load-rows';
import { OdooError, validationError } from './odoo-error';
import { Table } from './table';

const MANY_ERRORS =
  'Found more than 10 errors and more than one error per 10 records, interrupted to avoid showing too many errors.';

/**
 * `load(fields, data)`: one transaction, all or nothing. The rows are stored together; when that fails they are tried
 * one by one, so that each bad one gets its message. The error that stopped them together comes first and names the
 * first row, whichever it was about: that is Odoo's own way.
 */
export function load(model: string, fields: readonly Json[], data: readonly Json[], env: CallEnv): JsonObject {
  return new Load(model, env).run(fields, data);
}

class Load {
  private readonly messages: LoadMessage[] = [];
  private readonly ids: number[] = [];
  private readonly xids: ExternalIds;
  private readonly table: Table;
  private readonly module: string;
  private batch: LoadRow[] = [];

  constructor(
    private readonly model: string,
    private readonly env: CallEnv,
  ) {
    this.table = new Table(model, env);
    this.xids = new ExternalIds(env);
    const module = env.context.get('module');
    this.module = typeof module === 'string' ? module : '__import__';
  }

  run(fields: readonly Json[], data: readonly Json[]): JsonObject {
    const undo = this.env.transaction().savepoint();
    const columns = parseColumns(this.table.model, fields);
    const log = (message: LoadMessage): void => void this.messages.push(message);
    const scope = { model: this.table.model, columns, env: this.env, log };
    const { env, xids, module } = this;
    const flush = (wanted: { xid?: string; model?: string }): void => this.flushFor(wanted);
    for (const [index, row] of data.entries()) {
      const converted = convertRow(scope, row, index, { env, xids, module, flush });
      this.batch.push({ ...converted, xid: this.fullXid(converted.xid) });
    }
    this.flush();
    const hasFailed = this.messages.some(({ type }) => type === 'error');
    if (hasFailed) undo();
    return { ids: hasFailed ? false : this.ids, messages: this.messages, nextrow: 0 };
  }

  private fullXid(xid: string | undefined): string | undefined {
    return xid === undefined || xid.includes('.') ? xid : `${this.module}.${xid}`;
  }

  private flushFor({ xid, model }: { readonly xid?: string; readonly model?: string }): void {
    if (xid !== undefined && !this.batch.some((row) => row.xid === xid)) return;
    if (model !== undefined && model !== this.model) return;
    this.flush();
  }

  private flush(): void {
    const rows = this.batch;
    this.batch = [];
    if (rows.length === 0) return;
    const undo = this.env.transaction().savepoint();
    try {
      this.ids.push(...rows.map((row) => this.store(row)));
    } catch (error) {
      if (!(error instanceof OdooError)) throw error;
      undo();
      this.xids.forget();
      this.storeOneByOne(rows, error);
    }
  }

  private storeOneByOne(rows: readonly LoadRow[], together: OdooError): void {
    const before = this.messages.length;
    const first = rows[0]?.info;
    let errors = 0;
    const undo = this.env.transaction().savepoint(); // of all rows so far: Odoo has but one as well
    for (const [index, row] of rows.entries()) {
      try {
        this.ids.push(this.store(row));
      } catch (error) {
        if (!(error instanceof OdooError)) throw error;
        undo();
        this.xids.forget();
        this.messages.push(rowMessage(row.info, describe(error)));
        errors += 1;
      }
      if (errors >= 10 && errors >= (index + 1) / 10) {
        this.messages.push({ type: 'warning', message: MANY_ERRORS });
        break;
      }
    }
    const isSaid = this.messages
      .slice(before)
      .some(({ record, message }) => record === first?.record && message === together.message);
    if (errors === 0 || first === undefined || isSaid || !together.isUserError || together.sql !== undefined) return;
    this.messages.unshift(rowMessage(first, { message: together.message }));
  }

  /** Known external id: an update; unknown, or its record is gone: a new record. Without one, the database id counts. */
  private store({ xid, dbid, values }: LoadRow): number {
    if (xid === undefined) {
      if (dbid === undefined) return this.table.create(values);
      this.table.write([dbid], values);
      return dbid;
    }
    const known = this.xids.find(xid);
    if (known !== undefined && known.model !== this.model) throw otherModel(xid, this.model, known.model, known.rowId);
    if (known !== undefined && this.table.browse([known.resId]).length > 0) {
      this.table.write([known.resId], values);
      return known.resId;
    }
    const id = this.table.create(values);
    this.xids.assign(xid, this.model, id);
    return id;
  }
}

function describe(error: OdooError): JsonObject {
  if (error.sql !== undefined) return { message: error.sql.message, field: error.sql.field };
  if (error.isUserError) return { message: error.message };
  const type = `<class '${error.kind.replace('builtins.', '')}'>`;
  return { message: `Unknown error during import: ${type}: ${error.message}`, moreinfo: 'Resolve other errors first' };
}

function otherModel(xid: string, model: string, found: string, rowId: number): OdooError {
  return validationError(
    `For external id ${xid} when trying to create/update a record of model ${model} ` +
      `found record of different model ${found} (${rowId})`,
  );
}
