import { OdooFailure } from '@bridgecore/odoo';
import { Direction } from './direction';
import { CopiedField } from './field-plan';
import { Item, keyOf } from './item';
import { Links } from './links';
import { Action, EntryCode, PageReport, Telling } from './page-report';
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
  /** Throws when the run is to end, or has been overtaken; asked before each write. */
  readonly goOn: () => void;
}

/** A pair of records that may differ. */
export interface Pair {
  readonly item: Item;
  readonly targetId: number;
  /** We have created the target, and have not noted that. */
  readonly isCreated?: boolean;
  /** What goes round in a circle, and comes when it can. */
  readonly postponed?: ReadonlySet<CopiedField> | undefined;
}

/** What is known while one page is synced, and what is said of its records. */
export class PageContext {
  readonly resolver: Resolver;
  /** Those whose target now has what it should have, as far as it can. */
  readonly settled = new Set<Item>();
  private readonly reasons = new Map<string, string>();
  private readonly refused = new Set<Item>();

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

  /** What this very run has done to a record before, and has not counted. */
  earlier({ link }: Item): Action | undefined {
    if (link?.run_id !== this.given.runId || link.run_outcome === null) return undefined;
    return link.run_outcome === 'created' ? 'create' : 'update';
  }

  /** It was met before in this run, and counted then. */
  isCounted({ link }: Item): boolean {
    return link?.run_id === this.given.runId && link.run_outcome === null;
  }

  fail(item: Item, code: EntryCode, message: string, telling: Telling = {}): void {
    this.reasons.set(keyOf(item.plan.model, item.id), message);
    this.refused.add(item);
    this.report.tell(item, 'fail', { ...telling, code, message });
  }

  isRefused({ item }: Pick<Pair, 'item'>): boolean {
    return this.refused.has(item);
  }

  /** Tells of one record that Odoo refuses; what is about anything else ends the run. */
  refuse({ item, targetId }: { readonly item: Item; readonly targetId: number | null }, failure: OdooFailure): void {
    const code = codeOf(failure);
    if (code === undefined) throw failure;
    this.fail(item, code, failure.message, { target: targetId });
  }

  tellLeftOut(item: Item, fields: readonly CopiedField[]): void {
    for (const { name, relation = '' } of fields) this.report.leaveOut(item, name, this.given.plans.obstacle(relation));
  }

  /** Tells of what was refused; where a record that is missing is to blame, looks which one it is. */
  async tellRefused(refused: readonly Refused[]): Promise<void> {
    for (const one of refused) {
      const { item } = one;
      const targetId = item.link?.target_id ?? null;
      if (targetId !== null && one.failure.trouble === 'missing' && !(await this.isThere(item, targetId))) {
        await this.bury({ item, targetId });
      } else this.refuse({ item, targetId }, one.failure);
    }
    await this.buryLostParents(refused);
  }

  /** The counterpart is gone: somebody wanted that, so it is not created again. */
  async bury({ item, targetId }: Pick<Pair, 'item' | 'targetId'>): Promise<void> {
    if (!this.given.isDryRun) await this.given.links.bury(item.plan.model, [item.id]);
    this.refused.add(item);
    this.report.tell(item, 'fail', { target: targetId, code: 'TARGET_DELETED', message: DELETED });
  }

  private async isThere({ plan }: Item, targetId: number): Promise<boolean> {
    return (await this.there(plan.model, [targetId])).size === 1;
  }

  /** Odoo refuses a record also for a parent that was deleted: then the next run leaves that relation out. */
  private async buryLostParents(refused: readonly Refused[]): Promise<void> {
    const targets = new Map<string, Set<number>>();
    for (const { item, values } of refused) {
      for (const { name, relation } of item.plan.fields) {
        const held = [values.find(({ field }) => field === name)?.value].flat().filter((id) => typeof id === 'number');
        if (relation !== undefined) targets.set(relation, new Set([...(targets.get(relation) ?? []), ...held]));
      }
    }
    for (const [model, ids] of targets) {
      const there = ids.size === 0 ? ids : await this.there(model, [...ids]);
      const lost = [...ids].filter((id) => !there.has(id));
      if (lost.length > 0) await this.given.links.buryTargets(model, lost);
    }
  }

  private async there(model: string, ids: readonly number[]): Promise<Set<number>> {
    const domain = [['id', 'in', ids]];
    try {
      const found = await this.given.direction.target.records.searchRead(model, { domain, fields: ['id'] });
      return new Set(found.map(({ id }) => id));
    } catch (error) {
      if (error instanceof OdooFailure && error.code === 'ODOO_REFUSED') return new Set(ids); // nobody can tell
      throw error;
    }
  }
}

export const DELETED = 'its counterpart was deleted in the target, and is not created again';
