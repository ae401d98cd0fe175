import type { Json } from './json-write';

/** The routes that a fault can be limited to. */
export const FAULT_PATHS = ['pull', 'mark-processed', 'stats', 'health', 'rpc'] as const;

/** One of them. */
export type FaultPath = (typeof FAULT_PATHS)[number];

/** Something that goes wrong; several members add up, for instance latency and a status. */
export interface Fault {
  /** Without one every path of the addon, and RPC. */
  readonly path?: FaultPath;
  /** How many requests it hits; without one, all. */
  readonly times?: number;
  /** Waits before anything else. */
  readonly latencyMs?: number;
  /** Answers with this status and an HTML page, as an overloaded server or its proxy does. */
  readonly status?: number;
  /** Beside `status`: seconds or a date. */
  readonly retryAfter?: number | string;
  /** Takes the request and never answers. */
  readonly hang?: boolean;
  /** Resets the connection. */
  readonly reset?: boolean;
  /** Does the work first, then fails: an acknowledgement, or a call by RPC, that counts and whose answer is lost. */
  readonly afterWork?: boolean;
  /** The database is broken: a pull answers 200 with this `error` and `success: true`. */
  readonly errorText?: string;
  /** mark-processed answers 500 when one of these is in its list, or always. */
  readonly refuseIds?: 'all' | readonly number[];
  /** Answers 200 with an HTML page, as a login page or a maintenance page does. */
  readonly notJson?: boolean;
}

/** The faults in force, and how often each may still hit. */
export class Faults {
  private current: { readonly fault: Fault; left: number }[] = [];

  /** Replaces all faults; none, or an empty one, clears. */
  set(faults: Fault | readonly Fault[]): void {
    const list = isList(faults) ? faults : [faults];
    const real = list.filter((fault) => Object.keys(fault).some((name) => name !== 'path' && name !== 'times'));
    this.current = real.map((fault) => ({ fault, left: fault.times ?? Infinity }));
  }

  /** Those still in force. */
  list(): readonly Fault[] {
    return this.current.filter(({ left }) => left > 0).map(({ fault }) => fault);
  }

  /** The fault that hits a request to `path`, counted; refused acknowledgements are asked for with `refuses`. */
  take(path: FaultPath): Fault | undefined {
    return this.hit(path, ({ refuseIds }) => refuseIds === undefined);
  }

  /** True when this acknowledgement is to be refused, counted. */
  refuses(ids: readonly Json[]): boolean {
    const isMeant = ({ refuseIds }: Fault): boolean =>
      refuseIds === 'all' || (refuseIds?.some((id) => ids.includes(id)) ?? false);
    return this.hit('mark-processed', isMeant) !== undefined;
  }

  private hit(path: FaultPath, isMeant: (fault: Fault) => boolean): Fault | undefined {
    const entry = this.current.find(
      ({ fault, left }) => left > 0 && (fault.path === undefined || fault.path === path) && isMeant(fault),
    );
    if (entry === undefined) return undefined;
    entry.left -= 1;
    return entry.fault;
  }
}

function isList(faults: Fault | readonly Fault[]): faults is readonly Fault[] {
  return Array.isArray(faults);
}
