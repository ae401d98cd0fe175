import stringWidth from 'string-width';
import { Column, Table } from '../src/text/table';
import { captured } from './captured-output';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly note: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { head: 'ID', cell: ({ id }) => id, isNumber: true },
  { head: 'NAME', cell: ({ name }) => name, isLong: true },
  { head: 'NOTE', cell: ({ note }) => note, isLong: true, isExtra: true },
];

const row = (id: string, name: string, note = 'short'): Row => ({ id, name, note });

describe('Table', () => {
  it('shows all where there is room', () => {
    const lines = new Table(COLUMNS, 80).lines([row('7', 'Anna'), row('12', 'Bo')]);

    expect(lines).toEqual(['ID  NAME  NOTE', ' 7  Anna  short', '12  Bo    short']);
  });

  it.each([20, 30, 40, 80, 120])('fits into %i columns, whatever the length, width and language of names', (width) => {
    const names = ['x'.repeat(500), '漢字'.repeat(100), 'é🙂'.repeat(90), ''];

    const lines = new Table(COLUMNS, width).lines(names.map((name, index) => row(String(index), name, name)));

    expect(lines).toHaveLength(5);
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width);
  });

  it('leaves out what is extra before it cuts others to nothing', () => {
    const [heads] = new Table(COLUMNS, 24).lines([row('1', 'a name of some length', 'a note of some length')]);

    expect(heads).toBe('ID  NAME');
  });

  it('never cuts an id, even where there is no room for it', () => {
    const lines = new Table(COLUMNS, 10).lines([row('123456789012', 'Anna')]);

    expect(lines.join('\n')).toContain('123456789012');
  });

  it('has its headings once, and keeps its columns on later pages', () => {
    const table = new Table(COLUMNS, 80);

    const pages = [table.lines([row('1', 'a long name')]), table.lines([row('2', 'Bo')])];

    expect(pages).toEqual([['ID  NAME         NOTE', ' 1  a long name  short'], [' 2  Bo           short']]);
  });

  it('has no headings over nothing', () => {
    expect(new Table(COLUMNS, 80).lines([])).toEqual([]);
  });

  it('cuts nothing for a program that reads it, and shows ten thousand rows', async () => {
    const { output, text } = captured();
    const rows = Array.from({ length: 10_000 }, (_, index) => row(String(index), 'n'.repeat(150)));

    await output.table(COLUMNS)(rows);

    const lines = text().trimEnd().split('\n');
    expect(lines).toHaveLength(10_001);
    expect(lines.at(-1)).toContain('n'.repeat(150));
  });
});
