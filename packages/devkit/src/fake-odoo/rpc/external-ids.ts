import type { CallEnv } from './call-env';
import { author } from './call-env';

/** What an external id stands for. */
export interface XidTarget {
  /** Of the `ir.model.data` row itself. */
  readonly rowId: number;
  readonly model: string;
  readonly resId: number;
}

/** `ir.model.data` as `load` uses it: `module.name` to a record. Read once, kept up to date by what goes through it. */
export class ExternalIds {
  private known: Map<string, XidTarget> | undefined;

  constructor(private readonly env: CallEnv) {}

  find(xid: string): XidTarget | undefined {
    return this.all().get(xid);
  }

  /** Names a record; a name that is taken is given to it. */
  assign(xid: string, model: string, resId: number): void {
    const at = xid.indexOf('.');
    const fields = { module: xid.slice(0, at), name: xid.slice(at + 1), model, res_id: resId, noupdate: false };
    const known = this.find(xid);
    const user = author(this.env.user);
    const operation = known === undefined ? 'create' : 'write';
    const row = known === undefined ? {} : { recordId: known.rowId };
    const rowId = this.env.transaction().write({ model: 'ir.model.data', operation, fields, user, ...row }, true);
    this.all().set(xid, { rowId, model, resId });
  }

  /** After a rollback: what was read may be gone. */
  forget(): void {
    this.known = undefined;
  }

  private all(): Map<string, XidTarget> {
    if (this.known !== undefined) return this.known;
    const found = new Map<string, XidTarget>();
    for (const [rowId, state] of this.env.store.records.ofModel('ir.model.data')) {
      const { module, name, model, res_id: resId } = state as Record<string, unknown>;
      found.set(`${String(module)}.${String(name)}`, { rowId, model: String(model), resId: Number(resId) });
    }
    this.known = found;
    return found;
  }
}
