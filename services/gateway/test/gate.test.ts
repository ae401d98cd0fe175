import { Gate } from '../src/feed/gate';

const here = (): boolean => false;

/** Work that ends when it is told to. */
function held(): { work: () => Promise<void>; end: () => void } {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { work: () => ended, end };
}

describe('the gate of consumers', () => {
  it('lets so many work at once, and the others in the order of their coming', async () => {
    const gate = new Gate({ slots: 2, maxWaiting: 10, waitMs: 10_000 });
    const began: number[] = [];
    let most = 0;
    let now = 0;

    const all = Array.from({ length: 8 }, (_, n) =>
      gate.run(async () => {
        began.push(n);
        most = Math.max(most, (now += 1));
        await new Promise(setImmediate);
        now -= 1;
      }, here),
    );
    await Promise.all(all);

    expect(began).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(2);
  });

  it('refuses who waits for too long, and says when to come again', async () => {
    const gate = new Gate({ slots: 1, maxWaiting: 10, waitMs: 20 });
    const first = held();
    const running = gate.run(first.work, here);

    const refusal = await gate.run(() => Promise.resolve(), here).catch((error: unknown) => error);

    expect(refusal).toMatchObject({ code: 'CONSUMERS_BUSY', status: 503 });
    expect((refusal as { retryAfterSeconds: number }).retryAfterSeconds).toBeGreaterThanOrEqual(1);
    first.end();
    await running;
    await expect(gate.run(() => Promise.resolve('its turn'), here)).resolves.toBe('its turn');
  });

  it('refuses at once when too many wait', async () => {
    const gate = new Gate({ slots: 1, maxWaiting: 1, waitMs: 10_000 });
    const first = held();
    const running = [gate.run(first.work, here), gate.run(() => Promise.resolve(), here)];

    await expect(gate.run(() => Promise.resolve(), here)).rejects.toMatchObject({ code: 'CONSUMERS_BUSY' });

    first.end();
    await Promise.all(running);
  });

  it('goes on after a failure, and does nothing for who has gone', async () => {
    const gate = new Gate({ slots: 1, maxWaiting: 10, waitMs: 10_000 });
    const work = jest.fn(() => Promise.resolve());

    const ends = await Promise.allSettled([
      gate.run(() => Promise.reject(new Error('failed')), here),
      gate.run(work, () => true),
      gate.run(work, here),
    ]);

    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(work).toHaveBeenCalledTimes(1);
  });
});
