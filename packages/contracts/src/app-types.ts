import { IsOptional, IsString } from 'class-validator';
import { parse as parseYaml } from 'yaml';
import { BridgeError } from './errors';
import { isRecord } from './json';

/** Which models an app of a type is shown; null is all. */
export type AppTypes = ReadonlyMap<string, readonly string[] | null>;

/** What may be told of the apps that read events. */
export class AppTypeSettings {
  @IsOptional()
  @IsString()
  readonly APP_TYPES_FILE?: string;
}

/** What a salesperson, a driver, a storekeeper, a manager and everybody on a phone work with. */
const DEFAULTS: AppTypes = new Map([
  ['sales', ['sale.order', 'sale.order.line', 'res.partner', 'product.template', 'product.product', 'crm.lead']],
  ['delivery', ['stock.picking', 'stock.move', 'stock.move.line', 'sale.order', 'res.partner']],
  [
    'warehouse',
    [
      ...['stock.picking', 'stock.move', 'stock.move.line', 'stock.quant', 'stock.location', 'stock.lot'],
      ...['product.template', 'product.product', 'purchase.order', 'purchase.order.line'],
    ],
  ],
  ['manager', null],
  ['mobile', ['sale.order', 'sale.order.line', 'res.partner', 'product.template', 'product.product', 'stock.picking']],
]);

const NAME = /^[a-z][a-z0-9_-]{0,31}$/;
const MODEL = /^[a-z0-9_.]{1,128}$/;

/** The app types: those of `APP_TYPES_FILE` and no other, else the usual five. `readText` reads a file; JSON is YAML too. */
export function appTypesOf({ APP_TYPES_FILE: path }: AppTypeSettings, readText: (path: string) => string): AppTypes {
  if (path === undefined) return DEFAULTS;
  const content = yamlOf(readText(path), path);
  const given = isRecord(content) ? content['app_types'] : undefined;
  if (!isRecord(given) || Object.keys(given).length === 0) {
    throw misconfigured(path, 'must map names to models under "app_types"');
  }
  return new Map(Object.entries(given).map(([name, models]) => [name, modelsOf(name, models, path)]));
}

function modelsOf(name: string, given: unknown, path: string): readonly string[] | null {
  if (!NAME.test(name)) {
    throw misconfigured(
      path,
      `has "${name.slice(0, 50)}": an app type is lower-case letters, digits, _ or -, at most 32`,
    );
  }
  if (given === '*') return null;
  const isList = Array.isArray(given) && given.every((model) => typeof model === 'string' && MODEL.test(model));
  if (!isList || given.length === 0) throw misconfigured(path, `must give "${name}" a list of models, or "*" for all`);
  return [...new Set(given as string[])];
}

function yamlOf(text: string, path: string): unknown {
  try {
    return parseYaml(text);
  } catch (error) {
    throw misconfigured(path, `is neither JSON nor YAML: ${(error as Error).message}`);
  }
}

function misconfigured(path: string, problem: string): BridgeError {
  return new BridgeError('CONFIG_INVALID', `APP_TYPES_FILE ${path} ${problem}.`);
}
