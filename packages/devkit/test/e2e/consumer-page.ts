import { readText } from '../deploy/repository';

/** The page whose examples are run. */
export const PAGE = 'services/gateway/CONSUMERS.md';

/**
 * Every block of the page, by what it is; each is tested, a library with each program that uses it. A server hands out the token
 * with which its device syncs.
 */
export const EXAMPLES = {
  libraries: ['bridgecore.ts', 'bridgecore.py', 'bridgecore.sh'],
  readers: ['feed-reader.ts', 'feed_reader.py', 'feed-reader.sh'],
  devices: [
    { server: 'token-server.ts', device: 'device.ts' },
    { server: 'token_server.py', device: 'device.py' },
  ],
  minted: { server: 'mint-token.sh', device: 'device.sh' },
  answers: ['event.json', 'page.json', 'token.json', 'problem.json'],
  receivers: ['receiver.ts', 'receiver.py'],
  subscriber: 'subscribe.sh',
  message: ['message.http', 'message.json'],
} as const;

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

/** Those of the page; a picture is no program. */
export const pageBlocks = (): Block[] => blocksOf(readText(PAGE)).filter(({ language }) => language !== 'text');

/** The block of this title. */
export function blockOf(title: string): Block {
  const found = pageBlocks().find((block) => block.title === title);
  if (found === undefined) throw new Error(`${PAGE} has no ${title}`);
  return found;
}

/** Those of the blocks that are programs. */
export const programs = (): Block[] => pageBlocks().filter(({ title }) => /\.(ts|py|sh)$/.test(title));

/** What a heading's first table has in its first column: names, by commas where a row has several. */
export function namesUnder(heading: string): string[] {
  const [, section = ''] = readText(PAGE).split(`\n${heading}\n`);
  const [table = ''] = /^\|[^]*?\n\n/m.exec(section) ?? [];
  const cells = table.split('\n').map((row) => row.split('|')[1] ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
}
