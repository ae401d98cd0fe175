import type { Json, JsonObject } from '../json-write';
import type { Records } from '../records';
import type { Field } from './fields';
import { isSimulated, type Model } from './models';
import { validationError } from './odoo-error';
import type { RpcVersion } from './rpc-user';
import { storedId, storedIds } from './stored-values';

/** Raises what the database and the models raise for a record that may not be as it is about to be; `changed` names what to look at. */
export function checkRecord(
  model: Model,
  id: number,
  state: JsonObject,
  changed: ReadonlySet<string>,
  { records, version }: { readonly records: Records; readonly version: RpcVersion },
): void {
  if (isRecursive(model.name, id, state, records)) throw validationError(recursion(model));
  for (const field of model.fields.values()) {
    if (!changed.has(field.name)) continue;
    if (field.required && isUnset(field, state[field.name])) throw notNull(model, field, version);
    checkTarget(model, field, state, records);
  }
  if (model.name === 'res.partner' && state['type'] === 'contact' && isEmpty(state['name'])) {
    const message = 'Contacts require a name';
    throw validationError(`The operation cannot be completed: ${message}`, { field: 'name', message });
  }
}

function isUnset(field: Field, value: Json | undefined): boolean {
  return field.type === 'many2one' ? storedId(value) === false : isEmpty(value);
}

function isEmpty(value: Json | undefined): boolean {
  return value === undefined || value === null || value === false || value === '';
}

function recursion({ name, label }: Model): string {
  if (name === 'res.partner') return 'You cannot create recursive Partner hierarchies.';
  if (name === 'product.category') return 'You cannot create recursive categories.';
  return name === 'res.partner.category' ? 'You can not create recursive tags.' : `Recursion Detected (${label}).`;
}

function isRecursive(model: string, id: number, state: JsonObject, records: Records): boolean {
  let above = storedId(state['parent_id']);
  for (let depth = 0; above !== false && depth < 1000; depth += 1) {
    if (above === id) return true;
    above = storedId(records.get(model, above)?.['parent_id']);
  }
  return false;
}

/** A foreign key that leads nowhere. */
function checkTarget(model: Model, field: Field, state: JsonObject, records: Records): void {
  if (!isSimulated(field.relation)) return;
  const value = state[field.name];
  const ids = field.type === 'many2one' ? [storedId(value)].filter((id) => id !== false) : storedIds(value);
  if (field.type === 'one2many' || ids.every((id) => records.get(field.relation ?? '', id) !== undefined)) return;
  throw foreignKey(model, `${model.name.replaceAll('.', '_')}_${field.name}_fkey`, field.name);
}

/** A record that others cannot do without. */
export function foreignKey({ name, label }: Model, constraint: string, field: string): Error {
  const message =
    'another model requires the record being deleted. If possible, archive it instead.\n\n' +
    `Model: ${label} (${name})\nConstraint: ${constraint}\n`;
  return validationError(`The operation cannot be completed: ${message}`, { field, message });
}

/** The texts of `rpc-create-missing-required` and `json2-error-missing-required`. */
function notNull({ name, label }: Model, field: Field, version: RpcVersion): Error {
  const subject = `Missing required value for the field '${field.string}' (${field.name})`;
  if (version === 18) {
    const text =
      'The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n' +
      '- Delete: another model requires the record being deleted. If possible, archive it instead.\n\n' +
      `Model: ${label} (${name})\nField: ${field.string} (${field.name})\n`;
    return validationError(text, { field: field.name, message: subject });
  }
  const message =
    `${subject}.\nModel: '${label}' (${name})\n- create/update: a mandatory field is not set\n` +
    '- delete: another model requires the record being deleted, you can archive it instead\n';
  return validationError(`The operation cannot be completed: ${message}`, { field: field.name, message });
}
