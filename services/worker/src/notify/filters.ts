import { compileFilter, FilteredEvent, isRecord, JsonRecord, parseSubscription } from '@bridgecore/contracts';

/** A subscription's row as far as it says what it wants; `filter` is the text of its JSON. */
export interface FilterRow {
  readonly name: string;
  readonly url: string;
  readonly filter: string;
}

/** Whether a subscription wants an event; `unclear`: as far as its filter can be understood, it does. */
export type Verdict = 'wanted' | 'unwanted' | 'unclear';

/** A filter that was read. */
export interface ReadFilter {
  readonly judge: (event: FilteredEvent) => Verdict;
  /** Whether it looks at the data of an event. */
  readonly needsData: boolean;
  /** Why it cannot be understood, if so. */
  readonly problem: string | null;
}

/**
 * Filters by what is written in their rows, each read once for as long as it is asked for. The text is the key, not the time of
 * the last change: two changes may be of the same millisecond.
 */
export class Filters {
  private known = new Map<string, ReadFilter>();

  /** The filters of all these rows, in their order; those of others are forgotten. */
  of(rows: readonly FilterRow[]): ReadFilter[] {
    const known = new Map<string, ReadFilter>();
    const filters = rows.map((row) => {
      const key = JSON.stringify([row.name, row.url, row.filter]);
      const filter = this.known.get(key) ?? readFilter(row);
      known.set(key, filter);
      return filter;
    });
    this.known = known;
    return filters;
  }
}

/**
 * A filter that another version has written, and this one does not understand, must not lose an event: what can be
 * understood of it is heeded, and an event that passes is `unclear`.
 */
export function readFilter({ name, url, filter }: FilterRow): ReadFilter {
  const given: unknown = JSON.parse(filter);
  try {
    const { filter: read } = parseSubscription({ name, url, filter: given });
    const wants = compileFilter(read);
    const judge = (event: FilteredEvent): Verdict => (wants(event) ? 'wanted' : 'unwanted');
    return { judge, needsData: read.condition !== undefined, problem: null };
  } catch (error) {
    const wants = understood(given);
    const judge = (event: FilteredEvent): Verdict => (wants(event) ? 'unclear' : 'unwanted');
    return { judge, needsData: false, problem: (error as Error).message };
  }
}

const LISTS = ['models', 'operations', 'priorities'] as const;

/** Of a filter that names systems in a way that cannot be read, nothing passes: what is another's must not be sent. */
function understood(filter: unknown): (event: FilteredEvent) => boolean {
  if (!isRecord(filter)) return () => false;
  const isUnclearWhose = filter['systems'] !== undefined && !Array.isArray(filter['systems']);
  if (isUnclearWhose) return () => false;
  const lists: JsonRecord = Object.fromEntries(
    ['systems', ...LISTS].filter((name) => Array.isArray(filter[name])).map((name) => [name, filter[name]]),
  );
  return compileFilter({ ...lists, tests: filter['tests'] === true });
}
