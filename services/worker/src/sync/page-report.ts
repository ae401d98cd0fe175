import { FieldPlan } from './field-plan';
import { Item, keyOf } from './item';

/** What became of one record. */
export type Action = 'create' | 'update' | 'skip' | 'fail';

/** Codes of what is said of a single record. */
export type EntryCode =
  | 'ACCESS' // the user may not write it
  | 'VALIDATION' // a rule of Odoo's
  | 'MISSING' // the record is not there
  | 'TARGET_DELETED' // its counterpart was deleted, and is not created again
  | 'AMBIGUOUS_MATCH' // more than one record has its natural key
  | 'NO_MATCH' // its model is only sought, and there is none
  | 'PARENT_FAILED' // what it belongs to could not be synced
  | 'TIMEOUT' // Odoo took too long for it alone
  | 'NEVER_AGREED' // found by its natural key, and a person is to decide
  | 'CONFLICT'; // changed on both sides

/** Something that is said of a single record. */
export interface Entry {
  readonly model: string;
  readonly record_id: number;
  readonly target_id: number | null;
  readonly action: Action;
  readonly code: EntryCode | null;
  readonly message: string | null;
  readonly fields: readonly string[] | null;
}

/** What a page has come to. */
export interface PageCounts {
  created: number;
  updated: number;
  skipped: number;
  failed: number;
  conflicts: number;
}

/** What is left out of records, by model and field: why, and of how many. */
export interface LeftOutCount {
  readonly model: string;
  readonly field: string;
  readonly reason: string;
  records: number;
}

const COUNTED: Readonly<Record<Action, keyof PageCounts>> = {
  create: 'created',
  update: 'updated',
  skip: 'skipped',
  fail: 'failed',
};

/** How an outcome is told: by which code, and what of it was written. */
export interface Telling {
  readonly target?: number | null;
  readonly code?: EntryCode;
  readonly message?: string;
  readonly fields?: readonly string[];
}

/** Notes what becomes of each record of a page; the first thing that is said of a record counts. */
export class PageReport {
  readonly counts: PageCounts = { created: 0, updated: 0, skipped: 0, failed: 0, conflicts: 0 };
  readonly entries: Entry[] = [];
  /** The asked records that could not be done, which every later run tries again. */
  readonly failures = new Map<number, { readonly code: EntryCode; readonly message: string }>();
  /** Records of other models that were brought along, by what was done. */
  readonly parents = new Map<string, { created: number; updated: number }>();
  readonly leftOut = new Map<string, LeftOutCount>();
  private readonly told = new Set<string>();

  constructor(
    private readonly askedModel: string,
    private readonly tellsAll: boolean,
  ) {}

  tell(item: Item, action: Action, telling: Telling = {}): void {
    const { model } = item.plan;
    const key = keyOf(model, item.id);
    if (this.told.has(key)) return;
    this.told.add(key);
    if (item.isAsked) this.count(item, action, telling);
    else if (model !== this.askedModel) this.countParent(model, action);
    // A parent of the asked model is told of when its own turn comes, and why one failed is told with its child.
    const isTold = item.isAsked || (this.tellsAll && action === 'create' && model !== this.askedModel);
    if (isTold && (this.tellsAll || telling.code !== undefined)) this.entries.push(entryOf(item, action, telling));
  }

  /** One that is looked at twice counts once. */
  leaveOut({ plan, id }: Item, field: string, reason: string): void {
    const { model } = plan;
    const key = `${model}.${field}`;
    if (this.told.has(`${key},${id}`)) return;
    this.told.add(`${key},${id}`);
    const known = this.leftOut.get(key) ?? { model, field, reason, records: 0 };
    known.records += 1;
    this.leftOut.set(key, known);
  }

  private count(item: Item, action: Action, { code, message = '' }: Telling): void {
    this.counts[COUNTED[action]] += 1;
    if (code === 'CONFLICT') this.counts.conflicts += 1;
    if (action === 'fail' && code !== undefined && code !== 'TARGET_DELETED')
      this.failures.set(item.id, { code, message });
  }

  private countParent(model: string, action: Action): void {
    if (action !== 'create' && action !== 'update') return;
    const counts = this.parents.get(model) ?? { created: 0, updated: 0 };
    counts[action === 'create' ? 'created' : 'updated'] += 1;
    this.parents.set(model, counts);
  }
}

function entryOf({ plan, id, link }: Item, action: Action, { target, code, message, fields }: Telling): Entry {
  const known = target ?? link?.target_id ?? null;
  return {
    ...{ model: plan.model, record_id: id, action, code: code ?? null, message: message ?? null },
    target_id: known === null || known < 0 ? null : known, // below zero: of a dry run
    fields: fields ?? null,
  };
}

/** What is not copied of a model, as the report has it: once, of no number of records. */
export function leftOutOf({ model, leftOut }: FieldPlan): LeftOutCount[] {
  return leftOut.map(({ field, reason }) => ({ model, field, reason, records: 0 }));
}
