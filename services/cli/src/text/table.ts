import CliTable from 'cli-table3';
import stringWidth from 'string-width';

/** One column: its heading, and what is in it. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
  /** It may be cut, when the terminal is too narrow. */
  readonly isLong?: boolean;
  /** It is left out before others are cut. */
  readonly isExtra?: boolean;
  readonly isNumber?: boolean;
}

const GAP = 2;
/** What may be cut keeps so much, and a column that would keep less makes an extra one go. */
const MIN_WIDTH = 16;
/** Where nothing is cut for want of room: a cell is one line, and no page. */
const MAX_WIDTH = 400;

/**
 * Prints rows in columns that fit into `width`, page after page. Its columns only grow, so that a later page does not
 * cut what an earlier one has shown.
 */
export class Table<Row> {
  private widths: number[] = [];
  private shown: readonly Column<Row>[] = [];

  constructor(
    private readonly columns: readonly Column<Row>[],
    private readonly width: number,
    private readonly paintHead: (text: string) => string = (text) => text,
  ) {}

  /** Lines of these rows; the first time with the headings above. */
  lines(rows: readonly Row[]): string[] {
    if (rows.length === 0) return []; // no headings over nothing
    const isFirst = this.shown.length === 0;
    const natural = this.columns.map((column) => naturalWidth(column, rows));
    if (isFirst) this.shown = fitting(this.columns, natural, this.width);
    const own = this.shown.map((column) => natural[this.columns.indexOf(column)] ?? 0);
    this.widths = shrunk(
      this.shown,
      own.map((width, index) => Math.max(width, this.widths[index] ?? 0)),
      this.width,
    );
    const cells = rows.map((row) => this.shown.map((column) => column.cell(row)));
    const heads = this.shown.map(({ head }) => this.paintHead(head));
    return render(isFirst ? [heads, ...cells] : cells, this.shown, this.widths);
  }
}

function naturalWidth<Row>({ head, cell }: Column<Row>, rows: readonly Row[]): number {
  const widest = rows.reduce((width, row) => Math.max(width, stringWidth(cell(row))), stringWidth(head));
  return Math.min(widest, MAX_WIDTH);
}

/** The columns that have room when the long ones are cut to the least; extras go from the right. */
function fitting<Row>(
  columns: readonly Column<Row>[],
  natural: readonly number[],
  width: number,
): readonly Column<Row>[] {
  const least = columns.map(({ isLong }, index) =>
    isLong ? Math.min(natural[index] ?? 0, MIN_WIDTH) : (natural[index] ?? 0),
  );
  const kept = [...columns];
  const needed = (): number => total(kept.map((column) => least[columns.indexOf(column)] ?? 0));
  while (needed() > width) {
    const extra = kept.findLastIndex(({ isExtra }) => isExtra);
    if (extra < 0) return kept; // it is wider than the terminal then: better than to hide what was asked for
    kept.splice(extra, 1);
  }
  return kept;
}

/** Cuts the widest long column, again and again, until all fit. */
function shrunk<Row>(columns: readonly Column<Row>[], natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  while (total(widths) > width) {
    const long = widths.map((own, index) => (columns[index]?.isLong && own > MIN_WIDTH ? own : 0));
    const widest = long.indexOf(Math.max(...long));
    if ((long[widest] ?? 0) === 0) return widths;
    widths[widest] = Math.max(MIN_WIDTH, (widths[widest] ?? 0) - Math.max(1, Math.min(total(widths) - width, 8)));
  }
  return widths;
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, widths.length - 1);
}

function render<Row>(rows: string[][], columns: readonly Column<Row>[], widths: readonly number[]): string[] {
  const table = new CliTable({
    chars: NO_LINES,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': GAP },
    colWidths: widths.map((width) => Math.max(width, 1) + GAP),
    colAligns: columns.map(({ isNumber }) => (isNumber ? 'right' : 'left')),
  });
  table.push(...rows);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

const PARTS = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
];
const NO_LINES = Object.fromEntries(PARTS.map((part) => [part, '']));
