import type { Random } from '../fake-odoo/random';

/** What a receiver does with a delivery whose signature verifies. */
export type Behaviour =
  | { readonly kind: 'ok' }
  /** Answers so; 410 says that it is gone for good. `retryAfter`: seconds or a date. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number | string }
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: number }
  /** Accepts, but only after a while. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Takes the delivery and never answers. */
  | { readonly kind: 'hang' }
  /** Answers one byte at a time, for ever: from the head on, or behind a head that says 200. */
  | { readonly kind: 'trickle'; readonly part: 'head' | 'body' }
  /** Resets the connection. */
  | { readonly kind: 'drop' }
  /** Answers with this status and a body that never ends, as fast as it is read. */
  | { readonly kind: 'flood'; readonly status: number }
  /** Each time another of these, equally often. */
  | { readonly kind: 'mixture'; readonly of: readonly Behaviour[] };

/** All kinds but the mixture: what happens to one delivery. */
export type Conduct = Exclude<Behaviour, { kind: 'mixture' }>;

export const OK: Behaviour = { kind: 'ok' };
export const HANG: Behaviour = { kind: 'hang' };
export const DROP: Behaviour = { kind: 'drop' };
export const GONE: Behaviour = { kind: 'status', status: 410 };

export function status(code: number, retryAfter?: number | string): Behaviour {
  return { kind: 'status', status: code, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

export function redirect(to: string, code = 307): Behaviour {
  return { kind: 'redirect', to, status: code };
}

export function slow(ms: number): Behaviour {
  return { kind: 'slow', ms };
}

export function trickle(part: 'head' | 'body' = 'body'): Behaviour {
  return { kind: 'trickle', part };
}

export function flood(code = 200): Behaviour {
  return { kind: 'flood', status: code };
}

export function mixture(...of: readonly Behaviour[]): Behaviour {
  return { kind: 'mixture', of };
}

/** What happens to the next delivery. */
export function nextConduct(behaviour: Behaviour, random: Random): Conduct {
  return behaviour.kind === 'mixture' ? nextConduct(random.pick(behaviour.of), random) : behaviour;
}

type Check = (behaviour: Readonly<Record<string, unknown>>) => boolean;

const isStatus = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 200 && (value as number) < 600;

const CHECKS: Readonly<Record<string, Check>> = {
  ok: () => true,
  hang: () => true,
  drop: () => true,
  status: ({ status: code, retryAfter }) =>
    isStatus(code) && ['undefined', 'number', 'string'].includes(typeof retryAfter),
  redirect: ({ to, status: code = 307 }) => typeof to === 'string' && isStatus(code),
  slow: ({ ms }) => Number.isSafeInteger(ms) && (ms as number) >= 0,
  trickle: ({ part }) => part === 'head' || part === 'body',
  flood: ({ status: code }) => isStatus(code),
  mixture: ({ of }) => Array.isArray(of) && of.length > 0 && of.every(isBehaviour),
};

/** Of what comes from outside: a behaviour of a known kind with all that belongs to it. */
export function isBehaviour(input: unknown): input is Behaviour {
  if (typeof input !== 'object' || input === null) return false;
  const { kind } = input as { kind?: unknown };
  return (
    typeof kind === 'string' && Object.hasOwn(CHECKS, kind) && CHECKS[kind]?.(input as Record<string, unknown>) === true
  );
}
