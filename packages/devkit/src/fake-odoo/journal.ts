import type { Change, CommitOptions, HeldBack, Written } from './change';
import type { JsonObject } from './json-write';
import { naiveMicros, naiveSeconds } from './naive-time';
import { buildPayload } from './payload';
import type { Random } from './random';
import { recordKey, type Records } from './records';
import { pullRow, pushRow, type RowCore } from './rows';
import type { Client, PushRow, Tables } from './tables';
import { UndoLog } from './undo-log';
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

/** How a transaction is opened beyond what a business call says. */
export interface OpenOptions extends CommitOptions {
  /** No events at all: context `webhook_disabled` (README §1), or records that were there before. */
  readonly silent?: boolean;
  /** When it started, which every record it touches has as its `write_date`; now by default. */
  readonly at?: Date;
}

/** A transaction that takes one change after another. */
export interface OpenTransaction extends HeldBack {
  /** Applies the change; `silent` makes no event of it, as for what Odoo recomputes by itself. The record's id. */
  write(change: Change, silent?: boolean): number;
  /** Changes a record as the database does by itself: no date moves, no event. */
  patch(model: string, id: number, fields: JsonObject): void;
  /** Returns what undoes everything since. */
  savepoint(): () => void;
  /** Hides the records as they are now until the commit: nobody reads what is not committed. */
  hide(): void;
}

interface Transaction {
  readonly options: OpenOptions;
  readonly at: number;
  readonly seconds: string;
  readonly micros: string;
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
  private lastStart = 0;

  constructor(
    private readonly tables: Tables,
    private readonly records: Records,
    private readonly settings: JournalSettings,
  ) {}

  /** Draws ids and prepares the rows of one transaction; they become visible, all at once, when it is committed. */
  begin(changes: readonly Change[], options: CommitOptions): OpenTransaction {
    const transaction = this.open(options);
    for (const change of changes) transaction.write(change);
    return transaction;
  }

  /** A transaction without changes yet. */
  open(options: OpenOptions): OpenTransaction {
    this.rollBackOthers();
    const transaction = this.transaction(options);
    const written: Written[] = [];
    const undo = new UndoLog(this.records);
    let open = true;
    const finish = (act: () => void): void => {
      if (open) act();
      open = false;
    };
    return {
      written,
      write: (change, silent) => this.write(change, transaction, { written, undo, silent }),
      patch: (model, id, fields) => {
        undo.note(model, id);
        this.records.patch(model, id, fields);
      },
      savepoint: () => {
        const [level, count] = [undo.mark(), written.length];
        return () => {
          undo.rollBackTo(level);
          written.length = count;
        };
      },
      hide: () => undo.hide(),
      commit: () => (finish(() => this.commit(written, undo)), written),
      rollback: () => finish(() => undo.rollBack()),
    };
  }

  /** Forgets every window. */
  reset(): void {
    this.lastEventAt.clear();
  }

  private commit(written: readonly Written[], undo: UndoLog): void {
    undo.show();
    this.tables.insert(
      written.map(({ pull }) => pull),
      written.flatMap(({ pushes }) => pushes),
    );
  }

  private transaction(options: OpenOptions): Transaction {
    const time = options.at ?? this.settings.now();
    const drawn = time.getTime() * 1000 + this.settings.random.between(1, 999);
    // Two transactions never start in the same microsecond, and later is later, unless the clock was put back.
    const isBehind = drawn <= this.lastStart && this.lastStart - drawn < 1_000_000;
    this.lastStart = isBehind ? this.lastStart + 1 : drawn;
    const micros = naiveMicros(new Date(Math.floor(this.lastStart / 1000)), this.lastStart % 1000);
    return { options, at: time.getTime(), seconds: naiveSeconds(time), micros };
  }

  private write(
    change: Change,
    transaction: Transaction,
    into: { readonly written: Written[]; readonly undo: UndoLog; readonly silent: boolean | undefined },
  ): number {
    const { model } = change;
    const recordId = change.recordId ?? this.records.nextId(model);
    const operation = change.operation ?? (change.recordId === undefined ? 'create' : 'write');
    into.undo.note(model, recordId);
    const fields = this.records.apply(change, recordId, operation, transaction.micros);

    if (into.silent === true || transaction.options.silent === true) return recordId;
    const tracking = this.settings.trackings.get(model);
    if (!tracking?.operations.includes(operation)) return recordId;
    if (this.isDebounced(recordKey(model, recordId), operation, transaction.at)) return recordId;
    const changedFields = change.changedFields ?? createdAs(model, operation) ?? Object.keys(change.fields ?? {});
    into.written.push(this.event({ ...change, recordId, operation, fields, changedFields }, tracking, transaction));
    return recordId;
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
