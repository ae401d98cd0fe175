import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { OdooKeys } from './keys';

/** One Odoo that we play. */
export interface SimulatedOdoo {
  /** What its process is called. */
  readonly program: string;
  /** What the hub calls it; its database is called so too. */
  readonly id: string;
  readonly port: number;
  /** Up to 18 it speaks JSON-RPC, from 19 on JSON-2. */
  readonly version: 18 | 19;
  /** With neither records nor business of its own: what it has, a sync has brought. */
  readonly isEmpty: boolean;
  readonly keys: OdooKeys;
}

/** Who may log in by RPC. */
export const RPC_LOGIN = 'admin';

/** A file in `.bridgecore` that services read. */
export interface GivenFile {
  readonly path: string;
  /** As it is, or as JSON. */
  readonly content: string | object;
}

/** What the services are told, of simulated Odoos and otherwise. */
export interface Declaration {
  readonly settings: Readonly<Record<string, string>>;
  readonly files: readonly GivenFile[];
}

/** One Odoo as its variables declare it. */
export function declareOne({ id, port, keys }: SimulatedOdoo): Declaration {
  const rpc = { ODOO_DB: id, ODOO_USERNAME: RPC_LOGIN, ODOO_API_KEY: keys.rpc };
  const settings = { ODOO_URL: urlOf(port), ODOO_WEBHOOK_API_KEY: keys.simulator, ODOO_SYSTEM_ID: id, ...rpc };
  return { settings, files: [] };
}

/** Several as an operator declares them: the files hold no secret, only the names of variables and hashes. */
export function declareSeveral(odoos: readonly SimulatedOdoo[], directory: string): Declaration {
  const systems = { path: join(directory, 'systems.json'), content: { systems: odoos.map(systemOf) } };
  const keys = { path: join(directory, 'api-keys.json'), content: { keys: odoos.map(pushKeyOf) } };
  const secrets = odoos.flatMap(({ id, keys: { simulator, rpc } }) => [
    [variable(id, 'WEBHOOK_API_KEY'), simulator] as const,
    [variable(id, 'RPC_API_KEY'), rpc] as const,
  ]);
  const settings = { SYSTEMS_FILE: systems.path, API_KEYS_FILE: keys.path, ...Object.fromEntries(secrets) };
  return { settings, files: [systems, keys] };
}

/** The name of a variable that belongs to one Odoo. */
export function variable(id: string, name: string): string {
  return `${id.toUpperCase().replaceAll('-', '_')}_${name}`;
}

function systemOf({ id, port }: SimulatedOdoo): object {
  const reference = (name: string): string => `\${${variable(id, name)}}`;
  return {
    ...{ id, url: urlOf(port), webhook_api_key: reference('WEBHOOK_API_KEY') },
    ...{ db: id, username: RPC_LOGIN, api_key: reference('RPC_API_KEY') },
  };
}

function pushKeyOf({ id, keys }: SimulatedOdoo): object {
  return { id, sha256: createHash('sha256').update(keys.push).digest('hex'), scopes: ['ingest'], system: id };
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}
