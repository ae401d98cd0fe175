import { RpcCheck } from '@bridgecore/contracts';
import { OdooFailure, OdooTrouble } from '../odoo-failure';

/** A key that expires sooner than this is a problem already. */
const EXPIRY_DAYS = 14;

/** What to do about a call that failed; a refusal says it itself. */
const ADVICE: Readonly<Partial<Record<OdooTrouble, string>>> = {
  unreachable: 'Check ODOO_URL, that Odoo runs, and that this machine may connect to it.',
  timeout: 'It hangs, or has too much to do: look at its log and its load.',
  limited: 'It, or a proxy in front of it, limits our calls: raise that limit.',
  overloaded: 'It is starting, down behind its proxy, or has too much to do: look at its log.',
  failed: "Look at Odoo's log.",
};

/** A failed call in plain words, without numbers that are others each time. */
export function problemOf({ trouble, message }: OdooFailure): string {
  return sentences(message, ADVICE[trouble]);
}

/** What is wrong with a clock that is so far ahead of ours, if anything. */
export function clockProblem(skewSeconds: number | null, warnSeconds: number): string[] {
  if (skewSeconds === null || Math.abs(skewSeconds) <= warnSeconds) return [];
  const where = skewSeconds > 0 ? 'ahead of' : 'behind';
  return [`Its clock is more than ${warnSeconds} s ${where} ours. Keep the clocks of both machines right, by NTP.`];
}

/** What is wrong with the access by RPC, if anything. */
export function rpcProblems({ accepted, reason, key_expires_at: end }: RpcCheck, now: number): string[] {
  if (!accepted) {
    return [sentences(`Its external API (RPC) does not accept us: ${reason ?? 'it gave no reason'}`)];
  }
  const endsAt = end === null ? NaN : Date.parse(end);
  if (!(endsAt - now < EXPIRY_DAYS * 86_400_000)) return []; // not a number is no problem either
  const day = new Date(endsAt).toISOString().slice(0, 10);
  return [`Its API key for RPC expires on ${day}. Make a new one in Odoo, and give it to BridgeCore before then.`];
}

function sentences(first: string, second?: string): string {
  const stopped = /[.!?]$/.test(first) ? first : `${first}.`;
  return second === undefined ? stopped : `${stopped} ${second}`;
}
