/** What happened to a record; the addon knows nothing else. */
export type Operation = 'create' | 'write' | 'unlink';

/** Odoo's spelling; the scheduled job sorts by this text, descending: medium, low, high. */
export type Priority = 'high' | 'medium' | 'low';

/** How the addon follows one model: by a `webhook.rule`, or by its `webhook.config` (README §1). */
export interface Tracking {
  readonly model: string;
  readonly path: 'rule' | 'config';
  readonly operations: readonly Operation[];
  /** Rule path: the rule's, used in the push only. Config path: the configuration's, used in both. */
  readonly priority: Priority;
  readonly category: string;
  /** Pushed at once; on the config path only together with priority high, and without it never pushed at all. */
  readonly instant: boolean;
  /** Rule path: what the pull row says, from the configuration; without one the addon takes medium and business. */
  readonly pullPriority: Priority;
  readonly pullCategory: string;
  /** Rules come in pairs: this is the id of the one for create, the next is the one for write. */
  readonly ruleId: number;
  /** `Sale Orders`, to which the addon adds ` - Create` or ` - Update`. */
  readonly label: string;
}

/** A change to the way one model is followed; what is left out stays as it comes out of the box. */
export type TrackingOverride = Partial<Tracking> & Pick<Tracking, 'model'>;

type Row = readonly [model: string, label: string, ruleId: number, priority: Priority, config: Priority | 'none'];

// Names and ids of the rules as in the captures, those that no capture shows by the same pattern.
const OUT_OF_THE_BOX: readonly Row[] = [
  ['sale.order', 'Sale Orders', 1, 'high', 'high'],
  ['purchase.order', 'Purchase Orders', 3, 'high', 'high'],
  ['account.move', 'Account Moves', 5, 'high', 'high'],
  ['account.payment', 'Account Payments', 7, 'high', 'high'],
  ['res.partner', 'Partners', 9, 'medium', 'medium'],
  ['stock.picking', 'Stock Picking', 11, 'medium', 'none'],
  ['stock.move', 'Stock Move', 13, 'medium', 'medium'],
  ['hr.expense', 'HR Expenses', 15, 'medium', 'none'],
  ['hr.employee', 'HR Employees', 17, 'medium', 'none'],
  ['product.template', 'Products', 19, 'low', 'low'],
  ['product.category', 'Product Categories', 21, 'low', 'none'],
  ['account.journal', 'Account Journals', 23, 'low', 'none'],
];

/** How each model is followed: the rules of a fresh installation, changed by `overrides`; no unlink by default. */
export function trackings(overrides: readonly TrackingOverride[] = []): ReadonlyMap<string, Tracking> {
  const byModel = new Map(OUT_OF_THE_BOX.map((row) => [row[0], outOfTheBox(row)]));
  for (const override of overrides) {
    const base = byModel.get(override.model) ?? outOfTheBox([override.model, override.model, 31, 'medium', 'none']);
    byModel.set(override.model, { ...base, ...override });
  }
  return byModel;
}

function outOfTheBox([model, label, ruleId, priority, config]: Row): Tracking {
  return {
    model,
    path: 'rule',
    operations: ['create', 'write'],
    priority,
    category: model === 'account.journal' ? 'system' : 'business',
    instant: priority === 'high',
    pullPriority: config === 'none' ? 'medium' : config,
    pullCategory: 'business',
    ruleId,
    label,
  };
}

/** Unlink rules exist only where somebody made them; they are pulled, never pushed (README §1). */
export function isPushed({ path, instant }: Tracking, operation: Operation): boolean {
  return path === 'rule' ? operation !== 'unlink' : instant;
}

/** True when the push leaves inside the user's request, false when the scheduled job sends it. */
export function isPushedAtOnce({ path, instant, priority }: Tracking): boolean {
  return instant && (path === 'rule' || priority === 'high');
}
