import { until } from '../src/until';

describe('until', () => {
  it('gives the first truthy answer', async () => {
    const answers = [0, '', null, 'there'];

    const answer = await until(() => answers.shift(), { what: 'the answer' });

    expect(answer).toBe('there');
  });

  it('takes an error for "not yet"', async () => {
    let tries = 0;

    const answer = await until(() => (++tries < 3 ? Promise.reject(new Error('away')) : Promise.resolve(tries)), {
      what: 'it',
    });

    expect(answer).toBe(3);
  });

  it('says what it waited for and what it last saw when time runs out', async () => {
    const waiting = until(() => 0, { what: 'the row', timeoutMs: 50 });

    await expect(waiting).rejects.toThrow('timed out after 50 ms waiting for the row; the last answer was 0');
  });

  it('names the last error when time runs out', async () => {
    const waiting = until(() => Promise.reject(new Error('away')), { what: 'the row', timeoutMs: 50 });

    await expect(waiting).rejects.toThrow('the last try failed: away');
  });
});
