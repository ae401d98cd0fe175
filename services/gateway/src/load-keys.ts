import { BridgeError, isRecord, kindOf, OdooSettings, parse } from '@bridgecore/contracts';
import { mistake } from '@bridgecore/runtime';
import { GatewayConfig } from './config';
import { ApiKey, KEY_FIELDS, plainKey } from './keys';

/**
 * Every key that the configuration names. Throws `CONFIG_INVALID`, with all that is wrong, rather than leave the
 * gateway open or unusable.
 */
export function loadKeys(
  config: GatewayConfig & OdooSettings,
  systems: ReadonlySet<string>,
  readText: (path: string) => string,
): ApiKey[] {
  const { WEBHOOK_PUSH_API_KEY, OPERATOR_API_KEY, API_KEYS_FILE, SYSTEMS_FILE, ODOO_SYSTEM_ID } = config;
  if (WEBHOOK_PUSH_API_KEY !== undefined && SYSTEMS_FILE !== undefined) {
    fail(['With SYSTEMS_FILE every push key must name its system: use API_KEYS_FILE, not WEBHOOK_PUSH_API_KEY.']);
  }
  const keys = API_KEYS_FILE === undefined ? [] : keysIn(readText(API_KEYS_FILE), API_KEYS_FILE);
  if (WEBHOOK_PUSH_API_KEY !== undefined) keys.push(plainKey('push', WEBHOOK_PUSH_API_KEY, ['ingest'], ODOO_SYSTEM_ID));
  if (OPERATOR_API_KEY !== undefined) keys.push(plainKey('operator', OPERATOR_API_KEY, ['read', 'operate']));
  fail(problems(keys, systems));
  return keys;
}

function problems(keys: readonly ApiKey[], systems: ReadonlySet<string>): string[] {
  const known = [...systems].join(', ');
  const pushing = keys.filter(({ scopes }) => scopes.includes('ingest'));
  return [
    ...(pushing.length > 0
      ? []
      : [
          'No key may push: set WEBHOOK_PUSH_API_KEY (one Odoo), or API_KEYS_FILE with a key of scope "ingest" for each system.',
        ]),
    ...pushing
      .filter(({ system }) => system === undefined)
      .map(({ id }) => `The push key "${id}" must name a system; there are: ${known}.`),
    ...keys
      .filter(({ system }) => system !== undefined && !systems.has(system))
      .map(({ id, system }) => `The key "${id}" names the system "${system}"; there are: ${known}.`),
    ...repeated(keys, 'id').map(([first]) => `Two keys have the id "${first.id}".`),
    // Which of two equal keys is meant nobody can tell, and each has scopes of its own.
    ...repeated(keys, 'sha256').map(([first, second]) => `"${first.id}" and "${second.id}" are the same key.`),
  ];
}

function repeated(keys: readonly ApiKey[], field: 'id' | 'sha256'): [ApiKey, ApiKey][] {
  return keys.flatMap((key, index) => {
    const first = keys.slice(0, index).find((earlier) => earlier[field] === key[field]);
    return first === undefined ? [] : [[first, key] as [ApiKey, ApiKey]];
  });
}

function keysIn(text: string, path: string): ApiKey[] {
  const content = jsonIn(text, path);
  const list = isRecord(content) ? content['keys'] : undefined;
  if (!Array.isArray(list)) throw misconfigured([`API_KEYS_FILE ${path} must hold {"keys": […]}.`]);
  const found = list.map((item: unknown, index) => keyIn(item, `keys.${index}`));
  fail(found.flatMap((key) => (typeof key === 'string' ? [`API_KEYS_FILE ${path}: ${key}`] : [])));
  return found.filter((key) => typeof key !== 'string');
}

/** One key of the file, or what is wrong with it. */
function keyIn(item: unknown, place: string): ApiKey | string {
  if (!isRecord(item)) return `${place} must be an object, not ${kindOf(item)}.`;
  const unknown = Object.keys(item).filter((name) => !KEY_FIELDS.includes(name));
  if (unknown.length > 0) return `${place} has ${unknown.join(', ')}; there are only ${KEY_FIELDS.join(', ')}.`;
  try {
    return parse(ApiKey, item, 'CONFIG_INVALID');
  } catch (error) {
    return `${place}: ${(error as Error).message}`;
  }
}

function jsonIn(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw misconfigured([`API_KEYS_FILE ${path} is not JSON${mistake(error as Error)}.`]);
  }
}

function fail(found: readonly string[]): void {
  if (found.length > 0) throw misconfigured(found);
}

function misconfigured(found: readonly string[]): BridgeError {
  return new BridgeError('CONFIG_INVALID', found.join('\n'));
}
