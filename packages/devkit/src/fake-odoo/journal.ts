import type { Change, CommitOptions, HeldBack, Written } from './change';
import type { JsonObject } from './json-write';
import { naiveMicros, naiveSeconds } from './naive-time';
import { buildPayload } from './payload';
import type { Random } from './random';
import { recordKey, type Records } from './records';
import { pullRow, pushRow, type RowCore } from './rows';
import type { Client, PushRow, Tables } from './tables';
import { isPushed, type Operation, type Tracking } from './tracking';

/** What the journal has to know about the Odoo it belongs to. */
export interface JournalSettings {
  readonly trackings: ReadonlyMap<string, Tracking>;
  readonly subscribers: number;
  readonly client: Client;
  readonly now: () => Date;
  readonly random: Random;
  readonly debounceMs: number;
  readonly gapRate: number;
  readonly lateTimestampRate: number;
}

interface Transaction {
  readonly options: CommitOptions;
  readonly at: number;
  readonly seconds: string;
  readonly micros: string;
  readonly before: Map<string, JsonObject | undefined>;
}

const ADMIN = { id: 2, name: 'Mitchell Admin' };

// The addon never reports these as created: it sees the write that Odoo makes right after (README §1).
const CREATED_AS_WRITE: Readonly<Record<string, readonly string[]>> = {
  'account.move': ['tax_country_id', 'is_manually_modified'],
  'hr.employee': ['work_contact_id'],
};

/** Turns changes of records into rows, as the addon does inside the transaction of the business call. */
export class Journal {
  private readonly lastEventAt = new Map<string, number>();

  constructor(
    private readonly tables: Tables,
    private readonly records: Records,
    private readonly settings: JournalSettings,
  ) {}

  /** Draws ids and prepares the rows of one transaction; they become visible, all at once, when it is committed. */
  begin(changes: readonly Change[], options: CommitOptions): HeldBack {
    this.rollBackOthers();
    const transaction = this.transaction(options);
    const written = changes.flatMap((change) => this.write(change, transaction));
    let open = true;
    const finish = (act: () => void): void => {
      if (open) act();
      open = false;
    };
    const insert = (): void =>
      this.tables.insert(
        written.map(({ pull }) => pull),
        written.flatMap(({ pushes }) => pushes),
      );
    return {
      written,
      commit: () => (finish(insert), written),
      rollback: () => finish(() => this.records.restore(transaction.before)),
    };
  }

  /** Forgets every window. */
  reset(): void {
    this.lastEventAt.clear();
  }

  private transaction(options: CommitOptions): Transaction {
    const time = this.settings.now();
    const micros = naiveMicros(time, this.settings.random.between(1, 999));
    return { options, at: time.getTime(), seconds: naiveSeconds(time), micros, before: new Map() };
  }

  private write(change: Change, transaction: Transaction): Written[] {
    const { model } = change;
    const recordId = change.recordId ?? this.records.nextId(model);
    const operation = change.operation ?? (change.recordId === undefined ? 'create' : 'write');
    const key = recordKey(model, recordId);
    if (!transaction.before.has(key)) transaction.before.set(key, this.records.get(key));
    const fields = this.records.apply(change, recordId, operation, transaction.micros);

    const tracking = this.settings.trackings.get(model);
    if (!tracking?.operations.includes(operation)) return [];
    if (this.isDebounced(key, operation, transaction.at)) return [];
    const changedFields = change.changedFields ?? createdAs(model, operation) ?? Object.keys(change.fields ?? {});
    return [this.event({ ...change, recordId, operation, fields, changedFields }, tracking, transaction)];
  }

  private event(
    change: Change & Required<Pick<Change, 'recordId' | 'operation' | 'fields' | 'changedFields'>>,
    tracking: Tracking,
    transaction: Transaction,
  ): Written {
    const { model, recordId, fields, changedFields } = change;
    const operation = createdAs(model, change.operation) === undefined ? change.operation : 'write';
    const name = fields['name'];
    const displayName = change.displayName ?? (typeof name === 'string' ? name : recordKey(model, recordId));
    const timestamp = transaction.seconds;
    const payload = buildPayload({ tracking, recordId, operation, fields, changedFields, displayName, timestamp });
    const core = { model, record_id: recordId, event: operation, timestamp, payload };
    const pull = pullRow(this.tables.pullIds.next(), core, tracking, change.user ?? ADMIN);
    const wanted = transaction.options.push !== false && isPushed(tracking, operation);
    const pushes = wanted ? this.pushes(core, tracking, changedFields, transaction) : [];
    return { model, recordId, event: operation, pullId: pull.id, pushId: pushes[0]?.id, pull, pushes };
  }

  private pushes(
    core: RowCore,
    tracking: Tracking,
    changedFields: readonly string[],
    { options, at }: Transaction,
  ): PushRow[] {
    const { random, lateTimestampRate, client, subscribers } = this.settings;
    const timestamp = random.chance(lateTimestampRate) ? naiveSeconds(new Date(at + 1000)) : core.timestamp;
    return Array.from({ length: subscribers }, (_, index) =>
      pushRow(this.tables.pushIds.next(), { ...core, timestamp }, tracking, {
        changedFields,
        subscriber: index + 1,
        client: options.client ?? client,
      }),
    );
  }

  /** Opens the window before the commit, as the addon does: after a rollback the repetition is lost (README §6). */
  private isDebounced(key: string, operation: Operation, at: number): boolean {
    if (operation === 'unlink' || this.settings.debounceMs === 0) return false;
    const last = this.lastEventAt.get(key);
    if (last !== undefined && at - last < this.settings.debounceMs) return true;
    this.lastEventAt.set(key, at);
    return false;
  }

  /** Ids drawn by transactions that failed: why there are gaps, and why the two sequences drift apart. */
  private rollBackOthers(): void {
    const { random, gapRate } = this.settings;
    if (random.chance(gapRate)) this.tables.pullIds.next();
    if (random.chance(gapRate)) this.tables.pushIds.next();
  }
}

function createdAs(model: string, operation: Operation): readonly string[] | undefined {
  return operation === 'create' ? CREATED_AS_WRITE[model] : undefined;
}
