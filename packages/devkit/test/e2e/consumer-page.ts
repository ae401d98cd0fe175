import { readText } from '../deploy/repository';

/** The page whose examples are run. */
export const PAGE = 'services/gateway/CONSUMERS.md';

/** A fenced block of the page. Its title is the rest of the line that opens it: the name of the file that it is. */
export interface Block {
  readonly language: string;
  readonly title: string;
  readonly text: string;
  /** Of the line that opens it, from 1. */
  readonly line: number;
}

/** Every fenced block. */
export function blocksOf(text: string): Block[] {
  const found: Block[] = [];
  let open: { language: string; title: string; line: number; lines: string[] } | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    if (!line.startsWith('```')) open?.lines.push(line);
    else if (open === null) {
      const [language = '', ...title] = line.slice(3).split(' ');
      open = { language, title: title.join(' '), line: index + 1, lines: [] };
    } else {
      const { lines, ...opened } = open;
      found.push({ ...opened, text: `${lines.join('\n')}\n` });
      open = null;
    }
  }
  if (open !== null) throw new Error(`the block of line ${open.line} does not end`);
  return found;
}

export const pageBlocks = (): Block[] => blocksOf(readText(PAGE));
