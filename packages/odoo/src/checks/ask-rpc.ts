import { RpcCheck } from '@bridgecore/contracts';
import { isTrouble, OdooTrouble } from '../odoo-failure';
import { connectRpc, RpcConnection } from '../rpc/connect';
import { odooRecords, OdooRecords } from '../rpc/odoo-records';
import { rpcAccess } from '../rpc/access';
import { CheckRpc } from './checked-systems';

const DENIED: ReadonlySet<OdooTrouble> = new Set(['denied']);

/** Logs in by RPC, past the breaker: this is what tells whether an Odoo is back. */
export function rpcAsker(timeoutMs: number): CheckRpc {
  return async (system) => {
    const access = rpcAccess(system, timeoutMs);
    if (access === undefined) return { accepted: false, version: null, key_expires_at: null, reason: 'no credentials' };
    let connection: RpcConnection | undefined;
    try {
      connection = await connectRpc(access);
      const records = odooRecords(connection.call);
      const uid = await records.currentUser();
      return { accepted: true, version: connection.version, key_expires_at: await expiryOf(records, uid) };
    } catch (error) {
      if (!isTrouble(error, DENIED)) throw error;
      return { accepted: false, version: connection?.version ?? null, key_expires_at: null, reason: error.message };
    }
  };
}

/** Odoo does not tell which key we have used: its end is known only when the user has just one. */
async function expiryOf(records: OdooRecords, uid: number): Promise<RpcCheck['key_expires_at']> {
  const options = { domain: [['user_id', '=', uid]], fields: ['expiration_date'], limit: 2 };
  const keys = await records.searchRead('res.users.apikeys', options).catch(() => []); // not there before 14, or not shown
  const [key] = keys.length === 1 ? keys : [];
  const ends = key?.['expiration_date'];
  return typeof ends === 'string' ? `${ends.slice(0, 19).replace(' ', 'T')}Z` : null;
}
