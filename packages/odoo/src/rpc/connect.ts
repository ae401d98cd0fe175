import { isRecord } from '@bridgecore/contracts';
import { OdooFailure } from '../odoo-failure';
import { AskOdoo, OdooAnswer, odooHttp } from '../odoo-http';
import { hidingSecret } from '../secret';
import { json2 } from './json2';
import { jsonRpc, service } from './json-rpc';
import { CallRpc, RpcAccess } from './rpc-call';
import { httpFailure } from './rpc-failure';

/** JSON-2 is spoken from here on. */
const FIRST_JSON2 = 19;

/** An Odoo's RPC, by the transport that its version speaks. */
export interface RpcConnection {
  /** As Odoo writes it: `18.0`, `saas~18.2`. */
  readonly version: string;
  readonly transport: 'json-rpc' | 'json-2';
  /** Its clock, or that of a proxy in front of it: `2026-11-23 06:33:51`, in UTC. */
  readonly time: string;
  readonly call: CallRpc;
}

/** Asks an Odoo for its version, and speaks to it as that version wants. Asked anew for every run: Odoos are upgraded. */
export async function connectRpc(access: RpcAccess, signal?: AbortSignal): Promise<RpcConnection> {
  const { apiKey } = access;
  const connection = await hidingSecret(apiKey, () => connect(access, signal));
  return { ...connection, call: (asked, bound) => hidingSecret(apiKey, () => connection.call(asked, bound)) };
}

async function connect(access: RpcAccess, signal?: AbortSignal): Promise<RpcConnection> {
  const bearer = { Authorization: `Bearer ${access.apiKey}` };
  const database = access.db === undefined ? {} : { 'X-Odoo-Database': access.db };
  const plain = odooHttp(access.url, access.timeoutMs);
  const asked = await plain({ method: 'GET', path: '/json/version', signal });
  const time = timeOf(asked.response.headers['date']);
  const version = json2Version(asked, access) ?? (await jsonRpcVersion(plain, access, signal));
  if (majorOf(version) >= FIRST_JSON2) {
    const ask = odooHttp(access.url, access.timeoutMs, { ...bearer, ...database });
    return { version, time, transport: 'json-2', call: json2(ask, access) };
  }
  return { version, time, transport: 'json-rpc', call: jsonRpc(plain, access) };
}

/** What only an Odoo from 19 answers; an older one leads to its login page. */
function json2Version({ response, json }: OdooAnswer, { system, url }: RpcAccess): string | undefined {
  if (response.status === 429 || response.status >= 500) throw httpFailure(system, url, response, json);
  const version = response.status === 200 && isRecord(json) ? json['version'] : undefined;
  return typeof version === 'string' ? version : undefined;
}

async function jsonRpcVersion(ask: AskOdoo, access: RpcAccess, signal?: AbortSignal): Promise<string> {
  const answer = await service(ask, access, 'common', 'version', [], signal);
  const version = isRecord(answer) ? answer['server_version'] : undefined;
  if (typeof version !== 'string') throw new OdooFailure('refused', `${access.system} does not say which Odoo it is.`);
  return version;
}

/** A `Date` header in Odoo's spelling; our own clock where there is none. */
function timeOf(header: unknown): string {
  const told = typeof header === 'string' ? Date.parse(header) : NaN;
  const time = Number.isNaN(told) ? Date.now() : told;
  return new Date(time).toISOString().slice(0, 19).replace('T', ' ');
}

/** 18 of `18.0`, `saas~18.2` and `18.0+e`. */
function majorOf(version: string): number {
  return Number(/\d+/.exec(version)?.[0] ?? 0);
}
