import { parse as parseYaml } from 'yaml';
import { BridgeError } from './errors';
import { isRecord, kindOf } from './json';

/** How the records of one model are synced. */
export interface SyncModel {
  /** Keys by which a record that is not linked yet is sought on the other side, one after another; each is one or more fields. */
  readonly naturalKeys: readonly (readonly string[])[];
  /** Fields that are not copied. */
  readonly exclude: ReadonlySet<string>;
  /** False: only sought, never created nor written. For what every Odoo has by itself: countries, currencies, units. */
  readonly isWritten: boolean;
}

/** The models whose records may be brought along as the parents of others, by name. */
export type SyncModels = ReadonlyMap<string, SyncModel>;

/** A model that nothing is said of: its records are linked by what was created, and by nothing else. */
export const UNKNOWN_SYNC_MODEL: SyncModel = { naturalKeys: [], exclude: new Set(), isWritten: true };

/** What holds without a file, and for models that the file does not name. */
const DEFAULTS: Readonly<Record<string, object>> = {
  'res.partner': { natural_key: [['vat', 'is_company'], 'email'] },
  'res.partner.category': { natural_key: [['name', 'parent_id']] },
  'product.template': { natural_key: ['default_code'] },
  'product.category': { natural_key: [['name', 'parent_id']] },
  'res.country': { natural_key: ['code'], write: false },
  'res.country.state': { natural_key: [['code', 'country_id']], write: false },
  'res.currency': { natural_key: ['name'], write: false },
  'uom.uom': { natural_key: ['name'], write: false },
};

const FIELDS = ['natural_key', 'exclude', 'write'];

/** The models of `DATA_SYNC_FILE`, in YAML or JSON, over the defaults; `null` takes a default away. */
export function syncModelsOf(text: string | undefined, file = 'DATA_SYNC_FILE'): SyncModels {
  const given = text === undefined ? {} : modelsIn(text, file);
  const models = Object.entries({ ...DEFAULTS, ...given }).filter(([, model]) => model !== null);
  return new Map(models.map(([name, model]) => [name, modelOf(model, `${file}: ${name}`)]));
}

function modelsIn(text: string, file: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = parseYaml(text);
  } catch (error) {
    throw wrong(`${file} is neither JSON nor YAML: ${(error as Error).message}`);
  }
  const models = isRecord(content) ? content['models'] : undefined;
  if (!isRecord(models)) throw wrong(`${file} must hold models by their names under "models".`);
  return models;
}

function modelOf(given: unknown, where: string): SyncModel {
  if (!isRecord(given)) throw wrong(`${where} must be an object, got ${kindOf(given)}.`);
  const strange = Object.keys(given).find((name) => !FIELDS.includes(name));
  if (strange !== undefined) throw wrong(`${where} has "${strange}"; a model has ${FIELDS.join(', ')}.`);
  const { natural_key = [], exclude = [], write = true } = given;
  const isKey = (key: unknown): boolean => isName(key) || (isList(key, isName) && key.length > 0);
  if (!isList(natural_key, isKey)) {
    throw wrong(`${where}: natural_key must be a list of fields, or of lists of fields that are a key together.`);
  }
  if (!isList(exclude, isName)) throw wrong(`${where}: exclude must be a list of fields.`);
  if (typeof write !== 'boolean') throw wrong(`${where}: write must be true or false.`);
  if (!write && natural_key.length === 0) throw wrong(`${where}: with write: false it needs a natural_key.`);
  const naturalKeys = (natural_key as (string | string[])[]).map((key) => [key].flat());
  return { naturalKeys, exclude: new Set(exclude as string[]), isWritten: write };
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z_][a-z0-9_]*$/.test(value);
}

function isList(value: unknown, isItem: (item: unknown) => boolean): value is unknown[] {
  return Array.isArray(value) && value.every(isItem);
}

function wrong(message: string): BridgeError {
  return new BridgeError('CONFIG_INVALID', message);
}
