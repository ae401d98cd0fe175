/** UTC without zone, to the second, as Odoo stores an event's timestamp: `2026-11-23T06:22:21`. */
export function naiveSeconds(time: Date): string {
  return time.toISOString().slice(0, 19);
}

/** UTC without zone, with microseconds; Python's isoformat leaves them out when they are zero. */
export function naiveMicros(time: Date, micros: number): string {
  const fraction = time.getUTCMilliseconds() * 1000 + micros;
  return fraction === 0 ? naiveSeconds(time) : `${naiveSeconds(time)}.${String(fraction).padStart(6, '0')}`;
}

/** The day only: `2026-11-23`, `days` later. */
export function naiveDay(time: Date, days = 0): string {
  return new Date(time.getTime() + days * 86_400_000).toISOString().slice(0, 10);
}
