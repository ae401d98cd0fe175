import { setTimeout as sleep } from 'node:timers/promises';
import { isISO8601 } from 'class-validator';
import { Api } from '../api/api';
import { EventView } from '../api/shapes';
import { examples, Registrar, timeOrAgo, upTo } from '../command';
import { explained } from '../cli-error';
import { Context } from '../context';
import { EXIT } from '../exit-codes';
import { PrintRows } from '../show-list';
import { secondsIn } from '../text/time';
import { EVENT_COLUMNS } from './events';
import { several } from './subscription-spec';

interface Options {
  readonly system?: string;
  readonly after: string;
  readonly model?: readonly string[];
  readonly limit: number;
  readonly follow?: boolean;
}

interface FeedPage {
  readonly events: readonly EventView[];
  readonly position: string;
  readonly has_more: boolean;
  readonly epoch_changed: boolean;
  readonly gap: boolean;
}

const FEED = '/api/v1/feed';
const MAX_PAGE = 1_000;
const PAUSE_MS = 1_000;

/** Reads what consumers read. */
export function feedCommand({ program, act }: Registrar): void {
  program
    .command('feed')
    .summary('read the feed of an Odoo, as consumers do')
    .description(
      "Reads the feed of an Odoo from the gateway's public port, as a consumer does: events in the order of their commits, and the position to go on from.",
    )
    .option('--system <id>', 'of this Odoo; needed when there are several')
    .option('--after <where>', 'beginning, now, a position, or a time as 2026-11-23T06:00Z or 2h', whence, 'beginning')
    .option('--model <models>', 'of these models; several by commas', several)
    .option('--limit <n>', 'so many at most', upTo(100_000), 100)
    .option('--follow', 'wait for new ones then, until Ctrl-C; with --json one event a line')
    .addHelpText(
      'after',
      examples(
        ['feed --system paris --after 1h', 'what was recorded in the last hour'],
        ['feed --after now --follow --model sale.order', 'orders as they come'],
        ['feed --json | jq -r .position', 'where a consumer would go on'],
      ),
    )
    .action(act<Options>(feed));
}

async function feed(context: Context, options: Options): Promise<undefined> {
  const { output } = context;
  const { follow: isFollowed = false } = options;
  const reading = new Reading(context, options);
  const read = await reading.page(options.after, options.limit);
  if (output.isJson && !isFollowed) output.json(read);
  else await reading.show(read.events);
  if (isFollowed) return reading.follow(read.position);
  if (output.isJson) return undefined;
  if (read.events.length === 0) output.print('Nothing is behind that in the feed.');
  output.note(`${read.has_more ? 'There are more. ' : ''}Go on from here: --after ${read.position}`);
  return undefined;
}

/** A reader of the feed. */
class Reading {
  private readonly api: Api;
  private readonly print: PrintRows<EventView>;

  constructor(
    private readonly context: Context,
    private readonly options: Options,
  ) {
    this.api = context.publicApi();
    this.print = context.output.table(EVENT_COLUMNS);
  }

  /** Pages as one, until there are `limit` events, or to the end. */
  async page(after: string, limit: number): Promise<FeedPage> {
    const { system, model } = this.options;
    const query = { system, models: model?.join(',') };
    let all: FeedPage | undefined;
    for (;;) {
      const left = limit - (all?.events.length ?? 0);
      const page = await this.api.get<FeedPage>(FEED, {
        ...{ ...query, after: all?.position ?? after, limit: Math.min(left, MAX_PAGE) },
      });
      this.warn(page);
      const {
        epoch_changed: isEpochChanged,
        gap: isGap,
        events,
      } = all ?? { epoch_changed: false, gap: false, events: [] };
      all = {
        ...{ ...page, events: [...events, ...page.events] },
        ...{ epoch_changed: isEpochChanged || page.epoch_changed, gap: isGap || page.gap },
      };
      if (!all.has_more || all.events.length >= limit) return all;
    }
  }

  async show(events: readonly EventView[]): Promise<void> {
    if (this.context.output.isJson) events.forEach((event) => this.context.output.jsonLine(event));
    else await this.print(events);
  }

  /** A pause of a gateway's ends nothing: what comes meanwhile is shown afterwards. */
  async follow(from: string): Promise<never> {
    const { output, world } = this.context;
    let after = from;
    let isAway = false;
    for (;;) {
      await sleep(PAUSE_MS, undefined, { signal: world.interrupted });
      try {
        const read = await this.page(after, MAX_PAGE);
        await this.show(read.events);
        after = read.position;
        isAway = false;
      } catch (error) {
        const failure = explained(error);
        if (failure?.exitCode !== EXIT.unavailable) throw error;
        if (!isAway) output.note(`${failure.message} Trying again …`);
        isAway = true;
      }
    }
  }

  private warn({ epoch_changed: isEpochChanged, gap: isGap }: FeedPage): void {
    const { output } = this.context;
    if (output.isJson) return;
    if (isEpochChanged) output.note('The database is another one than that of the position: some events come again.');
    if (isGap) output.note('Events after the position were deleted (EVENT_RETENTION_DAYS): they are not in the feed.');
  }
}

/** A position is opaque; what is meant as a time must be one. */
function whence(text: string): string {
  return secondsIn(text) !== undefined || isISO8601(text, { strict: true }) ? timeOrAgo(text) : text;
}
