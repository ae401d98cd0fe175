const UNITS = [
  { name: 'day', seconds: 86_400 },
  { name: 'hour', seconds: 3_600 },
  { name: 'minute', seconds: 60 },
  { name: 'second', seconds: 1 },
] as const;

/** So many seconds in words, in the largest unit of which there are two: `90 seconds`, `25 minutes`. */
export function span(seconds: number): string {
  const whole = Math.max(Math.round(seconds), 0);
  const unit = UNITS.find((candidate) => whole >= 2 * candidate.seconds) ?? UNITS[3];
  return count(Math.floor(whole / unit.seconds), unit.name);
}

/** How long before `now` that was, in words. */
export function ago(time: Date, now: Date): string {
  return `${span(secondsBetween(time, now))} ago`;
}

/** From the one to the other; negative when the second was first. */
export function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1_000;
}

/** A number of things. */
export function count(number: number, thing: string, things = `${thing}s`): string {
  return `${number} ${number === 1 ? thing : things}`;
}

/** A text that ends like a sentence. */
export function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
