import { Direction } from './direction';
import { CopiedField } from './field-plan';
import { Item, keyOf } from './item';
import { Links } from './links';
import { EntryCode, PageReport } from './page-report';
import { Plans } from './plans';
import { Resolver } from './resolver';
import { codeOf, Refused } from './write';

/** What every page of a direction is synced with. */
export interface PageDependencies {
  readonly direction: Direction;
  readonly links: Links;
  readonly plans: Plans;
  readonly runId: string;
  readonly isDryRun: boolean;
  /** So many records are read and written together. */
  readonly batch: number;
  /** Throws when the run is to end, or has been overtaken. */
  readonly goOn: () => void;
}

/** A pair of records that may differ. */
export interface Pair {
  readonly item: Item;
  readonly targetId: number;
  /** This page has written it just now, without what went round in a circle. */
  readonly isFresh: boolean;
  /** What goes round in a circle, and comes when it can. */
  readonly postponed?: ReadonlySet<CopiedField> | undefined;
}

/** What is known while one page is synced, and what is said of its records. */
export class PageContext {
  readonly resolver: Resolver;
  private readonly reasons = new Map<string, string>();

  constructor(
    readonly given: PageDependencies,
    readonly report: PageReport,
  ) {
    this.resolver = new Resolver(given.links);
  }

  /** Why a record has no counterpart; undefined when it has one, or nobody tried. */
  whyMissing(model: string, id: number): string | undefined {
    return this.resolver.target(model, id) === undefined ? this.reasons.get(keyOf(model, id)) : undefined;
  }

  fail(item: Item, code: EntryCode, message: string, target: number | null = null): void {
    this.reasons.set(keyOf(item.plan.model, item.id), message);
    this.report.tell(item, 'fail', { code, message, target });
  }

  tellLeftOut(item: Item, fields: readonly CopiedField[]): void {
    for (const { name, relation = '' } of fields) this.report.leaveOut(item, name, this.given.plans.obstacle(relation));
  }

  /** What is about a record is told of it; anything else ends the run. */
  async tellRefused(refused: readonly Refused[]): Promise<void> {
    for (const { item, failure } of refused) {
      const code = codeOf(failure);
      const targetId = item.link?.target_id ?? null;
      if (code === undefined) throw failure;
      if (code === 'MISSING' && targetId !== null) await this.bury({ item, targetId });
      else this.fail(item, code, failure.message, targetId);
    }
  }

  /** The counterpart is gone: somebody wanted that, so it is not created again. */
  async bury({ item, targetId }: Omit<Pair, 'isFresh'>): Promise<void> {
    if (!this.given.isDryRun) await this.given.links.bury(item.plan.model, [item.id]);
    this.report.tell(item, 'fail', { target: targetId, code: 'TARGET_DELETED', message: DELETED });
  }
}

export const DELETED = 'its counterpart was deleted in the target, and is not created again';
