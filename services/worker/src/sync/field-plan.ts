import { IsRedacted, SyncModel, SyncModels, UNKNOWN_SYNC_MODEL } from '@bridgecore/contracts';
import { FieldDescription } from '@bridgecore/odoo';
import { Direction } from './direction';

/** A field that both sides store and take. */
export interface CopiedField {
  readonly name: string;
  readonly type: string;
  /** The model of a many2one or a many2many. */
  readonly relation: string | undefined;
  /** The target computes it from others, though it may be written. */
  readonly isComputed: boolean;
}

/** Something that is not copied, and why. */
export interface LeftOut {
  readonly field: string;
  readonly reason: string;
}

/** What of a model is copied. */
export interface FieldPlan {
  readonly model: string;
  readonly settings: SyncModel;
  readonly fields: readonly CopiedField[];
  readonly leftOut: readonly LeftOut[];
}

type Fields = ReadonlyMap<string, FieldDescription>;

const COPIED_TYPES: ReadonlySet<string> = new Set([
  ...['char', 'text', 'html', 'boolean', 'integer', 'float', 'monetary', 'date', 'datetime', 'selection'],
  ...['many2one', 'many2many'],
]);

/** What Odoo keeps for itself; nobody misses it, so it is not reported. */
const ODOOS_OWN = /^(id|display_name|parent_path|__last_update|(create|write)_(date|uid))$/;

/** What is known of models and fields before an Odoo is asked. */
export interface PlanSettings {
  readonly models: SyncModels;
  readonly isRedacted: IsRedacted;
  /** Records go both ways, so what only one side takes is nobody's to copy. */
  readonly isBidirectional: boolean;
}

/** Asks both sides what they have, and finds what can be copied. */
export async function planFields(model: string, direction: Direction, given: PlanSettings): Promise<FieldPlan> {
  const { source, target } = direction;
  const settings = given.models.get(model) ?? UNKNOWN_SYNC_MODEL;
  const [own, others] = await Promise.all([source.records.fieldsGet(model), target.records.fieldsGet(model)]);
  const isLinkable = (relation: string): boolean => relation === model || given.models.has(relation);
  const against = { ...given, source: source.system, system: target.system, settings, isLinkable };
  const fields: CopiedField[] = [];
  const leftOut: LeftOut[] = [];
  for (const [name, field] of [...own].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (ODOOS_OWN.test(name) || !field.store || field.type === 'one2many') continue;
    const reason = obstacle(name, field, others, against);
    const { type, relation } = field;
    if (reason === null) fields.push({ name, type, relation, isComputed: others.get(name)?.isComputed === true });
    else leftOut.push({ field: name, reason });
  }
  return { model, settings, fields, leftOut };
}

interface Against extends PlanSettings {
  readonly source: string;
  readonly system: string;
  readonly settings: SyncModel;
  /** Whether the records of a model can be linked. */
  readonly isLinkable: (relation: string) => boolean;
}

/** Why the target does not get this field, or null. */
function obstacle(name: string, field: FieldDescription, others: Fields, against: Against): string | null {
  const { source, system, settings, isRedacted, isBidirectional, isLinkable } = against;
  const { type, relation } = field;
  const other = others.get(name);
  if (other === undefined) return `${system} does not have it`;
  if (settings.exclude.has(name)) return 'excluded in DATA_SYNC_FILE';
  if (isRedacted(name)) return 'kept back by REDACT_FIELDS';
  if (!COPIED_TYPES.has(type)) return `fields of type ${type} are not copied`;
  if (other.type !== type || other.relation !== relation) return `${system} has another type for it`;
  if (!other.store) return `${system} does not store it`;
  if (relation !== undefined && !isLinkable(relation)) return `${relation} is not set up for syncing (DATA_SYNC_FILE)`;
  if (!settings.isWritten) return null; // only sought: whoever may not write a model sees all its fields as read-only
  if (other.readonly) return `it is read-only in ${system}`;
  return isBidirectional && field.readonly ? `it is read-only in ${source}` : null;
}
