import stringWidth from 'string-width';

/** Longer lines are hard to read. */
const MAX_WIDTH = 120;

/** Breaks a text that stands behind `indent` at blanks, so that each line fits; what follows the first one is indented. */
export function wrapped(text: string, width: number, indent = ''): string {
  if (width === Infinity) return text; // for a program a line is a line
  const room = Math.max(20, Math.min(width, MAX_WIDTH) - indent.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && stringWidth(longer) > room) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].join(`\n${indent}`);
}

/** `1 event`, `2 events`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}
