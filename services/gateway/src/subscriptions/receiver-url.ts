import { isIP } from 'node:net';
import { invalid, Networks, refusalOf } from '@bridgecore/contracts';

/**
 * Refuses, with `REQUEST_INVALID`, a URL to which nothing would ever be sent. That spares a surprise and is no protection: where a
 * name leads is for the worker to judge, each time it connects.
 */
export function assertReachable(url: string, allowed: Networks): void {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'http:' && allowed.length === 0) {
    throw refused('must be https: http is for networks in NOTIFY_ALLOWED_NETWORKS alone, and there are none');
  }
  const refusals = addressesOf(hostname).map((address) => refusalOf(address, protocol, allowed));
  const [first] = refusals;
  if (typeof first === 'string' && !refusals.includes(null)) {
    throw refused(`must be where something may be sent to: ${first} (NOTIFY_ALLOWED_NETWORKS)`);
  }
}

/** What is known without asking DNS. The URL has every other spelling of an address, as 0x7f.1, in its usual one by now. */
function addressesOf(hostname: string): string[] {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(host) !== 0) return [host];
  return host === 'localhost' || host.endsWith('.localhost') ? ['127.0.0.1', '::1'] : []; // RFC 6761
}

function refused(message: string): Error {
  return invalid([{ field: 'url', message }], 'REQUEST_INVALID');
}
