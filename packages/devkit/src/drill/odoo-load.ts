import type { Change, FakeOdoo, SentPush, Written } from '../fake-odoo/index';
import type { Random } from '../fake-odoo/random';
import { type OdooChange, type Poison, REFUSED } from './ledger';

const TICK_MS = 50;
const JOB_MS = 3_000; // a minute in Odoo: the scheduled copies are the duplicates
const LATE_MS = { from: 300, to: 4_000 };

/** How a click in Odoo goes, and how often in a hundred: the rest is plain business. */
const ODD_CLICKS = { late: 6, refusedAlways: 2, refusedOnce: 2, equalTwins: 3 };

interface Noted {
  readonly written: Written;
  readonly poison: Poison;
  at: number | null;
}

/** Keeps an Odoo busy at a steady pace, and remembers all that became visible in it. */
export class OdooLoad {
  private readonly noted: Noted[] = [];
  private readonly accepted = new Set<number>();
  private readonly held = new Set<() => void>();
  private lastPush: SentPush | undefined;
  private timers: NodeJS.Timeout[] = [];
  private twins = 0;

  constructor(
    private readonly odoo: FakeOdoo,
    private readonly random: Random,
  ) {}

  /** `perSecond` changes, pushed and held back as in a real day, only more of it. */
  start(perSecond: number): void {
    const startedAt = performance.now();
    let made = 0;
    const click = setInterval(() => {
      const due = ((performance.now() - startedAt) / 1_000) * perSecond;
      while (made < due) made += this.click();
      this.noteAnswers();
    }, TICK_MS);
    const job = setInterval(() => void this.odoo.runScheduledPushes(), JOB_MS);
    this.timers = [click, job];
  }

  /** No new change; what is held back becomes visible, and what waits for the scheduled job is pushed. */
  async stop(): Promise<void> {
    this.timers.forEach(clearInterval);
    for (const commit of this.held) commit();
    await this.odoo.settled();
    while (this.odoo.pushRows().some(({ status }) => status === 'pending')) {
      await this.odoo.runScheduledPushes();
      this.noteAnswers();
    }
    this.noteAnswers();
  }

  /** Every change that is visible. */
  ledger(): OdooChange[] {
    return this.noted.flatMap(({ written, poison, at }) => {
      if (at === null) return [];
      const push_ids = written.pushes.map(({ id }) => id);
      const accepted = push_ids.filter((id) => this.accepted.has(id));
      return [{ pull_id: written.pullId, push_ids, accepted, poison, at, is_acknowledged: written.pull.is_processed }];
    });
  }

  private click(): number {
    const { odoo, random } = this;
    const chance = random.between(1, 100);
    const { late, refusedAlways, refusedOnce, equalTwins } = ODD_CLICKS;
    if (chance <= late) return this.commitLater(odoo.business.next());
    if (chance <= late + refusedAlways)
      return this.commit([{ model: 'res.partner', fields: { name: '\u0000' } }], 'always');
    if (chance <= late + refusedAlways + refusedOnce) {
      return this.commit([{ model: 'res.partner', fields: { name: REFUSED } }], 'once');
    }
    if (chance <= late + refusedAlways + refusedOnce + equalTwins) return this.commitTwins();
    return this.commit(odoo.business.next(), 'none');
  }

  private commit(changes: readonly Change[], poison: Poison): number {
    const client = this.random.chance(0.5) ? 'web' : 'jsonrpc'; // what the web client changes is pushed twice
    const written = this.odoo.commit(changes, { client });
    this.note(written, poison, Date.now());
    this.odoo.deliver(written, { instantOnly: true });
    return changes.length;
  }

  /** A long transaction: its ids are drawn now, and it is visible when others have passed them. */
  private commitLater(changes: readonly Change[]): number {
    const handle = this.odoo.holdBack(changes);
    const noted = this.note(handle.written, 'none', null);
    const commit = (): void => {
      clearTimeout(timer);
      this.held.delete(commit);
      for (const one of noted) one.at = Date.now();
      this.odoo.deliver(handle.commit(), { instantOnly: true });
    };
    const timer = setTimeout(commit, this.random.between(LATE_MS.from, LATE_MS.to));
    this.held.add(commit);
    return changes.length;
  }

  /** Two changes of equal content that carry no date: two events, although nothing but their ids tells them apart. */
  private commitTwins(): number {
    this.twins += 1;
    const fields = { name: `twins ${this.twins}`, write_date: false, create_date: false };
    const change: Change = { model: 'product.category', recordId: 900_000 + this.twins, operation: 'write', fields };
    this.note(this.odoo.commit([change, change], { push: false }), 'none', Date.now());
    return 2;
  }

  private note(written: readonly Written[], poison: Poison, at: number | null): Noted[] {
    const noted = written.map((one) => ({ written: one, poison, at }));
    this.noted.push(...noted);
    return noted;
  }

  /** The simulator keeps only the last pushes: their answers are taken over while they are there. */
  private noteAnswers(): void {
    const pushes = this.odoo.pushes();
    const from = this.lastPush === undefined ? 0 : pushes.lastIndexOf(this.lastPush) + 1;
    for (const { outcome, pushIds } of pushes.slice(from)) {
      if (outcome.kind === 'reply' && outcome.status === 200) for (const id of pushIds) this.accepted.add(id);
    }
    this.lastPush = pushes.at(-1);
  }
}
