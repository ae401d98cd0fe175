/** Where a text stops being JSON. V8 quotes the text around the mistake, which may be private, so not in its words. */
export function mistake({ message }: Error): string {
  if (message.startsWith('Unexpected end')) return ': it ends too early';
  const [position] = /position \d+(?: \(line \d+ column \d+\))?/.exec(message) ?? [];
  return position === undefined ? '' : `, at ${position}`;
}
