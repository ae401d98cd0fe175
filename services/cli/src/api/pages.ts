import { Api, Query } from './api';

/** One page of a list. */
export interface ListPage {
  readonly next_after: string;
  readonly has_more: boolean;
}

/** Which part of a list is wanted. */
export interface PageOptions {
  readonly limit: number;
  /** Page after page, to the end. */
  readonly all?: boolean;
}

/** The most that the gateway gives at once. */
const MAX_PAGE = 1_000;

/** Pages of a list, until there are `limit` rows, or to its end. */
export async function* pages<Page extends ListPage>(
  api: Api,
  path: string,
  query: Query,
  { limit, all = false }: PageOptions,
): AsyncGenerator<Page> {
  let after = query['after'];
  for (let left = all ? Infinity : limit; left > 0; left -= MAX_PAGE) {
    const page = await api.get<Page>(path, { ...query, after, limit: Math.min(left, MAX_PAGE) });
    yield page;
    if (!page.has_more) return;
    after = page.next_after;
  }
}
