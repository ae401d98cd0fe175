import { setMaxListeners } from 'node:events';
import { bookDisabled, bookInstant, bookScheduled } from './bookkeeping';
import { batchBody, instantBody, scheduledBody } from './envelopes';
import { exchange, requestsHeaders, type Outcome } from './exchange';
import { naiveSeconds } from './naive-time';
import { Slots } from './slots';
import { instantHeaders, scheduledHeaders, type Subscriber } from './subscriber';
import type { PushRow } from './tables';

/** The envelopes of README §2. */
export type PushKind = 'instant' | 'scheduled' | 'batch' | 'connection-test' | 'test-button';

/** One request that was sent to a subscriber, and what came of it. */
export interface SentPush {
  readonly kind: PushKind;
  /** The `event_id` of each event in it. */
  readonly pushIds: readonly number[];
  readonly method: 'HEAD' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly outcome: Outcome;
  readonly tookMs: number;
}

/** What the pusher needs from its Odoo. */
export interface PusherSettings {
  readonly subscribers: readonly Subscriber[];
  readonly now: () => Date;
  /** How many pushes may be under way at the same time: users who click at once, and the job. */
  readonly concurrency: number;
  /** 30 s in the addon, whatever the subscriber says. */
  readonly instantTimeoutMs: number;
  /** How many sent pushes are kept for `sent`; the counts go on. */
  readonly history: number;
}

export const INSTANT_AGENT = 'python-requests/2.28.1';
export const SCHEDULED_AGENT = 'Odoo-Webhook/1.0';
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Sends rows to subscribers and books the replies as the addon does; never rejects, since a failure is an outcome. */
export class Pusher {
  readonly sent: SentPush[] = [];
  readonly replies = new Map<string, number>();
  private readonly slots: Slots;
  private readonly stopping = new AbortController();

  constructor(private readonly settings: PusherSettings) {
    this.slots = new Slots(settings.concurrency);
    setMaxListeners(settings.concurrency + 1, this.stopping.signal); // every push that is under way listens
  }

  /** The push inside the user's request, after the commit. */
  async instant(row: PushRow): Promise<void> {
    const subscriber = this.subscriber(row);
    if (subscriber === undefined) return;
    row.attempted = true;
    const prepared = instantHeaders(subscriber);
    const url = new URL(subscriber.url);
    if ('error' in prepared) {
      bookInstant(row, prepared, this.time(), url);
      return;
    }
    const outcome = await this.send('instant', subscriber, {
      pushIds: [row.id],
      headers: { ...requestsHeaders(INSTANT_AGENT), ...JSON_TYPE, ...prepared.headers },
      body: instantBody(row),
      timeoutMs: this.settings.instantTimeoutMs,
    });
    bookInstant(row, outcome, this.time(), url);
  }

  /** The push of the scheduled job, or of a test button; false when the subscriber is switched off. */
  async scheduled(row: PushRow, kind: 'scheduled' | 'test-button' = 'scheduled'): Promise<boolean> {
    const subscriber = this.subscriber(row);
    if (subscriber === undefined || subscriber.enabled === false) {
      bookDisabled(row, naiveSeconds(new Date(this.settings.now().getTime() + 60_000)));
      return false;
    }
    const started = performance.now();
    const outcome = await this.post(kind, subscriber, [row.id], scheduledBody(row));
    bookScheduled(row, outcome, this.time(), Math.round(performance.now() - started));
    return true;
  }

  /** Several events in one request; no job of the addon does this. */
  async batch(rows: readonly PushRow[]): Promise<Outcome | undefined> {
    const subscriber = this.settings.subscribers[0];
    if (subscriber === undefined) return undefined;
    const ids = rows.map(({ id }) => id);
    const outcome = await this.post('batch', subscriber, ids, batchBody(rows, this.time()));
    for (const row of rows) bookScheduled(row, outcome, this.time(), 0);
    return outcome;
  }

  /** A POST with the headers of scheduled pushes and tests. */
  post(kind: PushKind, subscriber: Subscriber, pushIds: readonly number[], body: string): Promise<Outcome> {
    const headers = { ...requestsHeaders(SCHEDULED_AGENT), ...JSON_TYPE, ...scheduledHeaders(subscriber) };
    return this.send(kind, subscriber, { pushIds, headers, body, timeoutMs: subscriber.timeoutMs ?? 30_000 });
  }

  /** The HEAD that the connection test begins with; without credentials. */
  head(subscriber: Subscriber): Promise<Outcome> {
    const headers = requestsHeaders(INSTANT_AGENT);
    const timeoutMs = subscriber.timeoutMs ?? 30_000;
    return this.send('connection-test', subscriber, { pushIds: [], headers, body: '', timeoutMs, method: 'HEAD' });
  }

  /** Breaks off whatever is under way; nothing can be sent afterwards. */
  close(): void {
    this.stopping.abort();
  }

  private subscriber(row: PushRow): Subscriber | undefined {
    return this.settings.subscribers[row.subscriber_id - 1];
  }

  private send(
    kind: PushKind,
    subscriber: Subscriber,
    given: Pick<SentPush, 'pushIds' | 'headers' | 'body'> & { timeoutMs: number; method?: 'HEAD' },
  ): Promise<Outcome> {
    return this.slots.run(async () => {
      const { pushIds, headers, body, timeoutMs, method = 'POST' } = given;
      const { signal } = this.stopping;
      if (signal.aborted) return { kind: 'dropped' };
      const started = performance.now();
      const outcome = await exchange({ method, url: new URL(subscriber.url), headers, body, timeoutMs, signal });
      const tookMs = performance.now() - started;
      this.remember({ kind, pushIds, method, url: subscriber.url, headers, body, outcome, tookMs });
      return outcome;
    });
  }

  private remember(push: SentPush): void {
    const reply = push.outcome.kind === 'reply' ? String(push.outcome.status) : push.outcome.kind;
    this.replies.set(reply, (this.replies.get(reply) ?? 0) + 1);
    this.sent.push(push);
    if (this.sent.length > this.settings.history) this.sent.shift();
  }

  private time(): string {
    return naiveSeconds(this.settings.now());
  }
}
