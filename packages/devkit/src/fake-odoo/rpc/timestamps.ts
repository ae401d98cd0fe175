/** A stored or given moment as text that sorts: `2026-11-23 06:33:51.400123`, always with microseconds. */
export function sortable(text: string): string {
  const [seconds = '', fraction = ''] = text.replace('T', ' ').split('.');
  const whole = seconds.length === 10 ? `${seconds} 00:00:00` : seconds;
  return `${whole}.${fraction.padEnd(6, '0')}`;
}

/** As RPC reads it: to the second, whatever is stored. */
export function toSeconds(text: string): string {
  return text.replace('T', ' ').slice(0, 19);
}

/** `2026-11-23`, and a day that exists. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const time = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text);
}

/** `2026-11-23 06:33:51`, or a day that stands for its midnight; undefined for anything else. */
export function parseDatetime(text: string): string | undefined {
  const cut = text.slice(0, 19);
  if (cut.length === 10) return isDate(cut) ? `${cut} 00:00:00` : undefined;
  const match = /^(\d{4}-\d\d-\d\d) (\d\d):(\d\d):(\d\d)$/.exec(cut);
  if (match === null || !isDate(match[1] ?? '')) return undefined;
  return Number(match[2]) < 24 && Number(match[3]) < 60 && Number(match[4]) < 60 ? cut : undefined;
}

/** A wall clock's time in `zone`, given naive, as naive UTC. */
export function toUtc(naive: string, zone: string): string {
  const asIfUtc = Date.parse(`${naive.replace(' ', 'T')}Z`);
  const first = asIfUtc - offsetMs(asIfUtc, zone);
  const exact = asIfUtc - offsetMs(first, zone); // the offset that holds at that moment, near a change of the clocks
  return toSeconds(new Date(exact).toISOString());
}

/** True for a name of the time zone database. */
export function isZone(zone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
}

function offsetMs(moment: number, zone: string): number {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  return Date.parse(`${format.format(moment).replace(' ', 'T')}Z`) - Math.floor(moment / 1000) * 1000;
}
