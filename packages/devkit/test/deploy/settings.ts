import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { load, ROOT, SERVICES } from './repository';

type Shape = new () => object;

interface Variable {
  readonly name: string;
  readonly isSecret: boolean;
  readonly default: string | undefined;
}

interface Runtime {
  variablesOf(shapes: readonly Shape[]): Variable[];
  loadConfig(shapes: readonly Shape[], env: Record<string, string>): Record<string, unknown>;
}

interface Contracts {
  systemsOf(settings: object, readText: (path: string) => string): object[];
}

const runtime = load<Runtime>('packages/runtime/dist/src/index.js');
const contracts = load<Contracts>('packages/contracts/dist/src/index.js');

/** A service's config classes, which it exports as its settings; undefined while it has none. */
export function settingsOf(service: string): readonly Shape[] | undefined {
  const path = `services/${service}/dist/src/settings.js`;
  return existsSync(join(ROOT, path)) ? load<{ SETTINGS: readonly Shape[] }>(path).SETTINGS : undefined;
}

/** Every variable of every config class, by its name. */
export const VARIABLES: ReadonlyMap<string, Variable> = new Map(
  SERVICES.flatMap((service) => runtime.variablesOf(settingsOf(service) ?? [])).map((variable) => [
    variable.name,
    variable,
  ]),
);

/** What the one Odoo of ODOO_URL is declared with: `${NAME}`, which the worker reads when it needs it. */
export const ODOO_SECRETS: readonly string[] = [
  ...JSON.stringify(
    contracts.systemsOf({ ODOO_URL: 'http://odoo', ODOO_SYSTEM_ID: 'odoo', ODOO_DB: 'odoo' }, () => ''),
  ).matchAll(/\$\{(\w+)\}/g),
].map(([, name = '']) => name);

/** Whether a process reads this variable. */
export function isRead(name: string): boolean {
  const isSecret = (of: string): boolean => VARIABLES.get(of)?.isSecret === true || ODOO_SECRETS.includes(of);
  return VARIABLES.has(name) || isSecret(name) || isSecret(name.replace(/_FILE$/, ''));
}

/** The configuration that a service reads from this environment; throws with everything that is wrong. */
export function configOf(service: string, env: Record<string, string>): Record<string, unknown> {
  return runtime.loadConfig(settingsOf(service) ?? [], env);
}
