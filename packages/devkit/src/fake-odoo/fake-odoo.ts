import type { Server } from 'node:http';
import { Business } from './business/business';
import type { Change, CommitOptions, HeldBack, Written } from './change';
import { Delivery } from './delivery';
import { testConnection, type ConnectionTest } from './connection-test';
import { handleControl } from './control';
import type { Outcome } from './exchange';
import { Faults, type Fault } from './faults';
import { closeServer, createOdooServer, listen, type SeenRequest } from './http-server';
import { Journal } from './journal';
import { naiveMicros, naiveSeconds } from './naive-time';
import type { FakeOdooOptions, MakeOptions } from './options';
import { Pusher, type SentPush } from './pusher';
import { seeded, type Random } from './random';
import { Records } from './records';
import { Rpc } from './rpc/rpc';
import type { RpcHook } from './rpc/rpc-service';
import type { BusinessRule, Normaliser } from './rpc/rules';
import type { JsonObject } from './json-write';
import { RequestCounts } from './request-counts';
import { testEventRow } from './rows';
import type { JobResult } from './scheduled-job';
import { describeState, type OdooState } from './state';
import type { Subscriber } from './subscriber';
import { Tables, type PullRow, type PushRow } from './tables';
import { trackings, type Tracking } from './tracking';

/**
 * One company's Odoo with the auto_webhook addon, as `odoo-wire/README.md` describes it: makes events, pushes them,
 * serves pulls, takes acknowledgements; slow or broken on demand. Everything is in memory.
 */
export class FakeOdoo {
  /** The next believable changes, for `commit`. */
  readonly business: Business;
  /** Told of every call by RPC, before its work and after its commit; the call waits for it. */
  onRpc: RpcHook | undefined;
  private readonly tables = new Tables();
  private readonly records = new Records();
  private readonly faults = new Faults();
  private readonly held = new Set<HeldBack>();
  private readonly subscribers: readonly Subscriber[];
  private readonly trackings: ReadonlyMap<string, Tracking>;
  private readonly random: Random;
  private readonly now: () => Date;
  private readonly journal: Journal;
  private readonly pusher: Pusher;
  private readonly delivery: Delivery;
  private readonly counts: RequestCounts;
  private readonly rpc: Rpc;
  private readonly server: Server;
  private address: string | undefined;
  private apiKey: string | undefined;

  constructor(options: FakeOdooOptions = {}) {
    const { seed = 1, now = () => new Date(), concurrency = 8, history = 20_000, instantTimeoutMs = 30_000 } = options;
    this.now = now;
    this.apiKey = options.apiKey;
    this.random = seeded(seed + 1);
    this.subscribers = [options.push ?? []].flat();
    this.trackings = trackings(options.tracking);
    this.counts = new RequestCounts(history);
    const nextId = (model: string): number => this.records.nextId(model);
    this.business = new Business({ random: seeded(seed), now, nextId });
    this.journal = new Journal(this.tables, this.records, {
      trackings: this.trackings,
      subscribers: this.subscribers.length,
      client: options.client ?? 'jsonrpc',
      now,
      random: this.random,
      debounceMs: options.debounceMs ?? 0,
      gapRate: options.gapRate ?? 0.03,
      lateTimestampRate: options.lateTimestampRate ?? 2 / 1199,
    });
    this.pusher = new Pusher({ subscribers: this.subscribers, now, concurrency, instantTimeoutMs, history });
    this.delivery = new Delivery(this.tables, this.pusher, concurrency);
    this.rpc = this.createRpc(options);
    this.server = this.createServer(options);
  }

  /** Starts serving; resolves with the address, which `url` holds from then on. */
  async listen(port = 0, host = '127.0.0.1'): Promise<string> {
    this.address = await listen(this.server, port, host);
    return this.address;
  }

  /** Where this Odoo is reached: what BridgeCore has as `ODOO_URL`. */
  get url(): string {
    if (this.address === undefined) throw new Error('not listening yet');
    return this.address;
  }

  /** Breaks off what is under way and closes every connection; no handle stays open. */
  async close(): Promise<void> {
    this.pusher.close();
    await closeServer(this.server);
    await this.settled();
  }

  /** One transaction: its rows are visible when this returns. Nothing is pushed yet; see `pushNow`. */
  commit(changes: Change | readonly Change[], options: CommitOptions = {}): Written[] {
    return [...this.journal.begin(isList(changes) ? changes : [changes], options).commit()];
  }

  /** A transaction that draws its ids now and is committed when the handle says so: late, with lower ids (README §6). */
  holdBack(changes: Change | readonly Change[], options: CommitOptions = {}): HeldBack {
    const transaction = this.journal.begin(isList(changes) ? changes : [changes], options);
    transaction.hide();
    const handle: HeldBack = {
      written: transaction.written,
      commit: () => (this.held.delete(handle), transaction.commit()),
      rollback: () => {
        this.held.delete(handle);
        transaction.rollback();
      },
    };
    this.held.add(handle);
    return handle;
  }

  /** Events of believable business, exactly `count`; pushed later, and only the share that `push` says. */
  makeEvents(count: number, { push = 'all', client }: MakeOptions = {}): Written[] {
    const share = push === 'all' ? 1 : push === 'none' ? 0 : push;
    const written: Written[] = [];
    while (written.length < count) {
      const wanted = { push: this.random.chance(share), ...(client === undefined ? {} : { client }) };
      written.push(...this.commit(this.someBusiness(count - written.length), wanted));
    }
    return written;
  }

  /**
   * The pushes inside the users' requests: the instant ones among `written`, or all that were not attempted yet. One
   * user's are sent one after another; `users` click at the same time, up to the `concurrency` of this Odoo.
   */
  pushNow(written?: readonly Written[], { users = 1 }: { readonly users?: number } = {}): Promise<void> {
    return this.delivery.pushNow(written, users);
  }

  /** One run of the scheduled job: at most 100 pending rows (README §3). A run that is under way is joined. */
  runScheduledPushes({ limit }: { readonly limit?: number } = {}): Promise<JobResult> {
    return this.delivery.runJob(limit);
  }

  /** Pushes all of `written` as fast as it can: instant ones, the others as if the job ran for them at once. */
  pushAll(written: readonly Written[]): Promise<void> {
    return this.delivery.pushAll(written);
  }

  /** As `pushAll` or, with `instantOnly`, as `pushNow`, without waiting; `settled` and `close` wait for it. */
  deliver(written: readonly Written[], { instantOnly = false }: { readonly instantOnly?: boolean } = {}): void {
    this.delivery.begin(instantOnly ? this.delivery.pushNow(written, 1) : this.delivery.pushAll(written));
  }

  /** Resolves when everything begun by `deliver`, and the scheduled job, is over. */
  settled(): Promise<void> {
    return this.delivery.settled();
  }

  /** Several events in one request, to the first subscriber (README §2); no job of the addon does this. */
  pushBatch(written: readonly Written[]): Promise<Outcome | undefined> {
    return this.pusher.batch(written.flatMap(({ pushes }) => pushes.slice(0, 1)));
  }

  /** The button "test connection" of the first subscriber. */
  testConnection(): Promise<ConnectionTest> {
    return testConnection(this.pusher, this.subscriber(), naiveSeconds(this.now()));
  }

  /** The test button of a model's configuration: a push with `data._test_event`, for a record or -1. */
  async pressTestButton(model: string, recordId = -1): Promise<PushRow> {
    this.subscriber();
    const tracking = this.trackings.get(model);
    if (tracking === undefined) throw new Error(`${model} is not tracked`);
    const row = testEventRow(this.tables.pushIds.next(), tracking, recordId, naiveSeconds(this.now()));
    this.tables.insert([], [row]);
    await this.pusher.scheduled(row, 'test-button');
    return row;
  }

  /**
   * Records that were there before, in one transaction at `at` and without events; values as RPC writes them, and an
   * `id` where it matters. The ids.
   */
  seed(model: string, rows: readonly JsonObject[], { at }: { readonly at?: Date } = {}): number[] {
    return this.rpc.insert(model, rows, { at });
  }

  /** Somebody changes a record in the web client, which makes events; no business rule stops it. */
  edit(model: string, id: number, values: JsonObject): void {
    this.rpc.edit(model, id, values);
  }

  /** Somebody deletes a record in the web client. */
  remove(model: string, id: number): void {
    this.rpc.remove(model, id);
  }

  /** A record as RPC reads it, but with the microseconds of its dates; undefined when there is none. */
  read(model: string, id: number): JsonObject | undefined {
    return this.rpc.read(model, id);
  }

  /** Every record of a model, archived ones too, by id. */
  all(model: string): JsonObject[] {
    return this.rpc.all(model);
  }

  /** A business rule: is asked about each record as RPC would leave it, and a text makes the call fail. */
  refuse(model: string, rule: BusinessRule): void {
    this.rpc.rules.refuse(model, rule);
  }

  /** A record rule hides a record from RPC: searches leave it out, and a read with it in is refused. */
  hide(model: string, id: number): void {
    this.rpc.rules.hide(model, id);
  }

  /** Odoo rewrites what it is given for this field. */
  normalise(model: string, field: string, normaliser: Normaliser): void {
    this.rpc.rules.normalise(model, field, normaliser);
  }

  /** How often each method was called by RPC: `{'res.partner.load': 3}`. */
  rpcCalls(): Record<string, number> {
    return this.rpc.service.calls();
  }

  resetRpcCalls(): void {
    this.rpc.service.resetCalls();
  }

  /** Somebody sets the system parameter `webhook.api_key`. */
  setApiKey(key: string): void {
    this.apiKey = key;
  }

  /** What goes wrong from now on; replaces what went wrong before, and an empty object ends it. */
  setFaults(faults: Fault | readonly Fault[]): void {
    this.faults.set(faults);
  }

  /** Begins a transaction with the next events of the business, to be committed by `commitHeldBack`. */
  holdBackEvents(count: number): HeldBack {
    const changes: Change[] = [];
    while (changes.length < count) changes.push(...this.someBusiness(count - changes.length));
    return this.holdBack(changes);
  }

  /** Commits every transaction that is held back. */
  commitHeldBack(): Written[] {
    return [...this.held].flatMap((handle) => [...handle.commit()]);
  }

  /** All rows and records gone, both sequences at 1 again: a restored or new database behind the same address. */
  resetDatabase(): void {
    for (const handle of this.held) handle.rollback();
    this.tables.reset();
    this.records.reset();
    this.journal.reset();
    this.rpc.fill();
  }

  /** Forgets what is acknowledged and sent, beyond the newest `keep` rows: for a simulator that runs for days. */
  cleanUp(keep: number): void {
    this.tables.cleanUp(keep);
  }

  /** All visible rows of the pull table, acknowledged or not, by id. */
  rows(): readonly PullRow[] {
    return this.tables.pulls;
  }

  /** All visible rows of the push table, with what the addon noted about each. */
  pushRows(): readonly PushRow[] {
    return this.tables.pushes;
  }

  /** What was sent, in the order of the replies. */
  pushes(): readonly SentPush[] {
    return this.pusher.sent;
  }

  /** How often each address was asked, by status: `{ pull: { 200: 3 } }`; 0 is a request without an answer. */
  requests(): Record<string, Record<number, number>> {
    return this.counts.toObject();
  }

  /** The last requests with query and body, oldest first. */
  lastRequests(): readonly SeenRequest[] {
    return this.counts.last;
  }

  /** Numbers for people: what `GET /__control/state` shows. */
  state(): OdooState {
    const rest = { held_back: this.held.size, requests: this.requests(), faults: this.faults.list() };
    return describeState(this.tables, this.pusher, rest);
  }

  private createServer({ session }: FakeOdooOptions): Server {
    const timestamp = (): string => naiveMicros(this.now(), this.random.between(1, 999));
    const { tables, faults, now } = this;
    return createOdooServer({
      ...{ tables, faults, now, timestamp, session, apiKey: () => this.apiKey },
      control: (...request) => handleControl(this, ...request),
      rpc: (request) => this.rpc.answer(request),
      seen: (request) => this.counts.add(request),
    });
  }

  private createRpc({ rpc }: FakeOdooOptions): Rpc {
    const { records, journal, now } = this;
    const committed = (written: readonly Written[]): void => this.deliver(written, { instantOnly: true });
    return new Rpc({ records, journal, now, hook: () => this.onRpc, committed }, rpc);
  }

  private someBusiness(atMost: number): Change[] {
    return this.business.next().slice(0, atMost);
  }

  private subscriber(): Subscriber {
    const [first] = this.subscribers;
    if (first === undefined) throw new Error('this Odoo has no subscriber');
    return first;
  }
}

function isList<Item>(items: Item | readonly Item[]): items is readonly Item[] {
  return Array.isArray(items);
}
