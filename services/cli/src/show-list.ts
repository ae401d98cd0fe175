import { ListPage } from './api/pages';
import { Output } from './output';

/** Prints rows below those that it has printed before. */
export type PrintRows<Row> = (rows: readonly Row[]) => Promise<void>;

import { Column } from './text/table';

/** How a list is shown. */
export interface Shown<Page, Row> {
  readonly rows: (page: Page) => readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** What is said when there is nothing. */
  readonly empty: string;
  /** One row a line instead of the page as a whole, for scripts: what has no end fits into no object. */
  readonly isStream?: boolean;
  /** Given by who prints more rows below afterwards. */
  readonly print?: PrintRows<Row>;
}

/**
 * Shows a list page by page: a table for people, for scripts the gateway's own object, or one row a line. Resolves
 * with the last page; undefined when there was none.
 */
export async function showList<Page extends ListPage, Row>(
  source: AsyncIterable<Page>,
  output: Output,
  { rows, columns, empty, isStream = false, print = output.table(columns) }: Shown<Page, Row>,
): Promise<Page | undefined> {
  let count = 0;
  let last: Page | undefined;
  for await (const page of source) {
    last = page;
    const found = rows(page);
    count += found.length;
    if (!output.isJson) await print(found);
    else if (isStream) for (const row of found) output.jsonLine(row);
    else output.json(page);
  }
  if (count === 0 && !output.isJson) output.print(empty);
  return last;
}

/** Several pages as one, for a list that is not streamed. */
export async function* joined<Page extends ListPage>(
  source: AsyncIterable<Page>,
  member: keyof Page,
): AsyncGenerator<Page> {
  let all: Page | undefined;
  for await (const page of source) {
    const before = (all?.[member] ?? []) as unknown[];
    all = { ...page, [member]: [...before, ...(page[member] as unknown[])] };
  }
  if (all !== undefined) yield all;
}
