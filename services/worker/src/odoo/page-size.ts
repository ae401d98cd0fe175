import { isTrouble, OdooClient, OdooFailure, OdooTrouble, Page } from '@bridgecore/odoo';
import { Log } from '@bridgecore/runtime';

/** What a smaller page may mend. A connection that was refused, or a rate limit, is no matter of size. */
const TOO_MUCH: ReadonlySet<OdooTrouble> = new Set(['timeout', 'overloaded', 'failed', 'too_large']);

const NOT_ASKED: ReadonlySet<OdooTrouble> = new Set(['open']);

/** A page beyond this is taken, and the next one is to be smaller. */
const LARGE_BYTES = 16 * 1024 * 1024;

/** So many good pages, and twice as many rows are asked for, up to what was wanted. */
const GOOD_PAGES = 3;

/** The most good pages before it tries again what it has tried in vain. */
const MAX_GOOD_PAGES = 192;

/**
 * Asks for as many rows as Odoo can serve in time: half as many when it could not, down to one, and more again later.
 * `sized` is told after each page how many are asked for next.
 */
export function withPageSize(
  client: OdooClient,
  system: string,
  log: Log,
  sized?: (limit: number) => void,
): OdooClient {
  const size = new PageSize((limit, reason) => {
    log.info('odoo.page_size', { system, limit, reason });
  });
  return {
    ...client,
    async pull(lastEventId, wanted, signal) {
      let failure: OdooFailure | undefined;
      for (;;) {
        const asked = size.atMost(wanted);
        try {
          const page = await client.pull(lastEventId, asked, signal);
          size.served(page, asked, wanted);
          sized?.(size.atMost(wanted));
          return page;
        } catch (error) {
          if (failure !== undefined && isTrouble(error, NOT_ASKED)) throw failure; // why the breaker opened says more
          if (asked === 1 || !isTrouble(error, TOO_MUCH) || error.retryAfterSeconds !== undefined) throw error;
          failure = error;
          size.shrink(asked, error.message);
          sized?.(size.atMost(wanted));
        }
      }
    },
  };
}

/** How many rows an Odoo can serve, as far as is known; each step up that fails makes the next come later. */
class PageSize {
  private limit = Infinity;
  private good = 0;
  private needed = GOOD_PAGES;
  private hasGrown = false;

  constructor(private readonly changed: (limit: number, reason: string) => void) {}

  atMost(wanted: number): number {
    return Math.min(this.limit, wanted);
  }

  shrink(from: number, reason: string): void {
    if (this.hasGrown) this.needed = Math.min(this.needed * 2, MAX_GOOD_PAGES); // or a slow Odoo would time out for ever
    this.set(Math.max(Math.floor(from / 2), 1), false);
    this.changed(this.limit, reason);
  }

  served({ bytes = 0 }: Page, asked: number, wanted: number): void {
    if (bytes > LARGE_BYTES && asked > 1) {
      this.shrink(asked, `a page of ${bytes} bytes`);
      return;
    }
    this.good += 1;
    if (this.good < this.needed) return;
    if (asked >= wanted) this.needed = GOOD_PAGES;
    this.set(asked * 2, asked < wanted);
  }

  private set(limit: number, hasGrown: boolean): void {
    this.limit = limit;
    this.hasGrown = hasGrown;
    this.good = 0;
  }
}
