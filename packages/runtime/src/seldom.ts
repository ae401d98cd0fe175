/**
 * Tells of the first trouble at once and then at most every so often, with the number of times since: a loop that
 * fails at once would fill the disk with its log.
 */
export function seldom<T>(tell: (trouble: T, times: number) => void, everyMs = 10_000): (trouble: T) => void {
  let next = -Infinity;
  let times = 0;
  return (trouble) => {
    times += 1;
    if (performance.now() < next) return;
    next = performance.now() + everyMs;
    tell(trouble, times);
    times = 0;
  };
}
