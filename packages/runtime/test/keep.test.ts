import { until } from '@bridgecore/devkit';
import { keep } from '../src/keep';

describe('keep', () => {
  it('does its work again and again, never twice at once, until it is stopped', async () => {
    let underWay = 0;
    let most = 0;
    let times = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, (underWay += 1));
      await new Promise(setImmediate);
      underWay -= 1;
      times += 1;
    };
    const kept = keep(work, 1, () => undefined);
    await until(() => times > 5, { what: 'some times' });

    await kept.stop();
    const atEnd = times;
    await new Promise(setImmediate);

    expect([most, times]).toEqual([1, atEnd]);
  });

  it('hands over a failure and tries again', async () => {
    const failures: unknown[] = [];
    let times = 0;
    const work = (): Promise<void> => ((times += 1) === 1 ? Promise.reject(new Error('once')) : Promise.resolve());

    const kept = keep(work, 1, (error) => failures.push(error));
    await until(() => times > 2, { what: 'the next times' });
    await kept.stop();

    expect(failures).toEqual([expect.objectContaining({ message: 'once' })]);
  });

  it('stops at once in the middle of a pause', async () => {
    let times = 0;
    const kept = keep(
      () => Promise.resolve(void (times += 1)),
      3_600_000,
      () => undefined,
    );
    await until(() => times === 1, { what: 'the first time' });

    await kept.stop();

    expect(times).toBe(1);
  });
});
