import * as ipaddr from 'ipaddr.js';
import { BridgeError } from './errors';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Networks in the notation of RFC 4632, as `10.1.0.0/16`. */
export type Networks = readonly (readonly [Address, number])[];

/** Reads `10.1.0.0/16, ::1`: networks or single addresses, by commas. Throws `CONFIG_INVALID` with what is none. */
export function networksOf(text: string | undefined, variable: string): Networks {
  const parts = (text ?? '').split(',').map((part) => part.trim());
  return parts.filter((part) => part !== '').map((part) => networkOf(part, variable));
}

function networkOf(text: string, variable: string): readonly [Address, number] {
  const [written = '', bits] = text.split('/');
  try {
    if (!isSpelledOut(written)) throw new Error('no address');
    return ipaddr.parseCIDR(bits === undefined ? `${written}/${written.includes(':') ? 128 : 32}` : text);
  } catch {
    throw new BridgeError(
      'CONFIG_INVALID',
      `${variable} has "${text}": it must be networks as 10.1.0.0/16, by commas.`,
    );
  }
}

/** IPv4 in four parts: 10.1 is read as 10.0.0.1, which nobody means. */
function isSpelledOut(address: string): boolean {
  return ipaddr.IPv6.isValid(address) || ipaddr.IPv4.isValidFourPartDecimal(address);
}

/**
 * Why nothing may be sent to this address, or null. Only what is public is open to all (so neither loopback, private nor
 * link-local addresses, nor IPv6 that leads to an IPv4 address by a gateway), and only by https; the rest must be allowed.
 */
export function refusalOf(address: string, protocol: string, allowed: Networks): string | null {
  if (!ipaddr.isValid(address)) return `${address} is no IP address`;
  const target = ipaddr.process(address); // IPv6 that only spells an IPv4 address is that one
  if (allowed.some((network) => isIn(target, network))) return null;
  const range = rangeOf(target);
  if (range !== 'unicast') return `${address} is not a public address (${range}), and not allowed here`;
  return protocol === 'https:' ? null : `${address} is public, and gets nothing by ${protocol.replace(':', '')}`;
}

const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');

/** Of IPv6 all that is public is in 2000::/3; what is outside and of no range that is known may lead to IPv4, as `::7f00:1`. */
function rangeOf(target: Address): string {
  const range = target.range();
  if (range !== 'unicast' || target.kind() === 'ipv4') return range;
  return isIn(target, GLOBAL_IPV6) ? range : 'unassigned';
}

function isIn(address: Address, [network, bits]: readonly [Address, number]): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}
