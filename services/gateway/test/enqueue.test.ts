import { EventJob, RejectedItem, WebhookEvent } from '@bridgecore/contracts';
import { until } from '@bridgecore/devkit';
import { Batcher, Enqueued } from '../src/enqueue';

const KIB = 1_024;

/** A queue that keeps what it is given, and answers when the test says so. */
class HeldQueue {
  readonly jobs: EventJob[] = [];
  private readonly answers: ((failure?: Error) => void)[] = [];

  readonly add = (job: EventJob): Promise<void> => {
    this.jobs.push(job);
    return new Promise((resolve, reject) => {
      this.answers.push((failure) => (failure === undefined ? resolve() : reject(failure)));
    });
  };

  /** Answers the oldest job that is not answered yet. */
  async answer(failure?: Error): Promise<void> {
    const answer = await until(() => this.answers.shift(), { what: 'a job', intervalMs: 1 });
    answer(failure);
  }

  get sizes(): number[] {
    return this.jobs.map(({ events, rejected }) => events.length + rejected.length);
  }

  get ids(): (string | null)[] {
    return this.jobs.flatMap(({ events }) => events.map(({ origin_id }) => origin_id));
  }
}

/** A push of these events; the batcher looks at nothing but how many there are and how large. */
function pushOf(ids: readonly string[], bytes = 100): Enqueued {
  return { events: ids.map((origin_id) => ({ origin_id }) as WebhookEvent), rejected: [], bytes };
}

const names = (count: number, prefix = 'e'): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe('Batcher', () => {
  let queue: HeldQueue;
  let batcher: Batcher;

  beforeEach(() => {
    queue = new HeldQueue();
    batcher = new Batcher(queue.add);
  });

  it('resolves a lone push when its job is in the queue, and not before', async () => {
    let isDone = false;
    const pushed = batcher.enqueue(pushOf(['a'])).then(() => (isDone = true));
    await until(() => queue.jobs.length === 1, { what: 'the job', intervalMs: 1 });
    const wasDone = isDone;

    await queue.answer();
    await pushed;

    expect(wasDone).toBe(false);
    expect(queue.ids).toEqual(['a']);
  });

  it('puts what arrives within the same millisecond into one job', async () => {
    const pushed = ['a', 'b', 'c'].map((id) => batcher.enqueue(pushOf([id])));

    await queue.answer();
    await Promise.all(pushed);

    expect(queue.sizes).toEqual([3]);
  });

  it('has one enqueue in flight, and gathers meanwhile', async () => {
    const first = batcher.enqueue(pushOf(['a']));
    await until(() => queue.jobs.length === 1, { what: 'the first job', intervalMs: 1 });
    const others = ['b', 'c', 'd'].map((id) => batcher.enqueue(pushOf([id])));
    const inFlight = queue.jobs.length;

    await queue.answer();
    await queue.answer();
    await Promise.all([first, ...others]);

    expect(inFlight).toBe(1);
    expect(queue.sizes).toEqual([1, 3]);
    expect(queue.ids).toEqual(['a', 'b', 'c', 'd']);
  });

  it('splits a large batch over jobs of at most 100 events, in order, and resolves with the last', async () => {
    let isDone = false;
    const ids = names(250);
    const pushed = batcher.enqueue(pushOf(ids)).then(() => (isDone = true));

    await queue.answer();
    await queue.answer();
    await until(() => queue.jobs.length === 3, { what: 'the third job', intervalMs: 1 });
    const wasDone = isDone;
    await queue.answer();
    await pushed;

    expect(wasDone).toBe(false);
    expect(queue.sizes).toEqual([100, 100, 50]);
    expect(queue.ids).toEqual(ids);
  });

  it('begins a new job rather than pass 256 KiB', async () => {
    const pushed = ['a', 'b', 'c'].map((id) => batcher.enqueue(pushOf([id], 100 * KIB)));

    await queue.answer();
    await queue.answer();
    await Promise.all(pushed);

    expect(queue.sizes).toEqual([2, 1]);
  });

  it('gives an event that is larger than that a job of its own', async () => {
    const pushed = [batcher.enqueue(pushOf(['large'], 900 * KIB)), batcher.enqueue(pushOf(['small']))];

    await queue.answer();
    await queue.answer();
    await Promise.all(pushed);

    expect(queue.sizes).toEqual([1, 1]);
  });

  it('carries the refused items of a batch beside its events', async () => {
    const rejected = [{ index: 1 } as RejectedItem];

    const pushed = batcher.enqueue({ ...pushOf(['a']), rejected });
    await queue.answer();
    await pushed;

    expect(queue.jobs).toEqual([{ events: [{ origin_id: 'a' }], rejected }]);
  });

  it('rejects exactly the pushes whose job failed, and goes on', async () => {
    const lost = ['a', 'b'].map((id) => batcher.enqueue(pushOf([id])));
    await until(() => queue.jobs.length === 1, { what: 'the first job', intervalMs: 1 });
    const kept = batcher.enqueue(pushOf(['c']));

    const outcomes = Promise.allSettled([...lost, kept]);
    await queue.answer(new Error('Redis went away'));
    await queue.answer();

    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });

  it('rejects a push of which one job of several failed', async () => {
    const outcome = Promise.allSettled([batcher.enqueue(pushOf(names(150)))]);

    await queue.answer();
    await queue.answer(new Error('Redis went away'));

    expect((await outcome)[0]).toMatchObject({ status: 'rejected', reason: { message: 'Redis went away' } });
  });

  it('resolves an empty batch without a job', async () => {
    await batcher.enqueue(pushOf([]));

    expect(queue.jobs).toEqual([]);
  });

  it('refuses with QUEUE_FULL what would wait beyond the bound, and takes pushes again when there is room', async () => {
    const inFlight = batcher.enqueue(pushOf(['in flight']));
    await until(() => queue.jobs.length === 1, { what: 'the first job', intervalMs: 1 });
    const waiting = Array.from({ length: 31 }, (_, index) => batcher.enqueue(pushOf([`w${index}`], 1_024 * KIB)));

    const refused = batcher.enqueue(pushOf(['too much'], 1_024 * KIB));
    await expect(refused).rejects.toMatchObject({ code: 'QUEUE_FULL', status: 503, retryAfterSeconds: 5 });
    for (let answered = 0; answered < 32; answered += 1) await queue.answer();
    await Promise.all([inFlight, ...waiting]);
    const again = batcher.enqueue(pushOf(['again'], 1_024 * KIB));
    await queue.answer();
    await again;

    expect(queue.ids).not.toContain('too much');
    expect(queue.ids).toContain('again');
  });

  it('counts what tiny events take in memory, not only on the wire', async () => {
    const inFlight = batcher.enqueue(pushOf(['in flight']));
    await until(() => queue.jobs.length === 1, { what: 'the first job', intervalMs: 1 });
    const many = batcher.enqueue(pushOf(names(20_000), 900 * KIB)); // about 20 MiB

    const refused = batcher.enqueue(pushOf(names(20_000), 900 * KIB));

    await expect(refused).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    for (let answered = 0; answered < 201; answered += 1) await queue.answer();
    await Promise.all([inFlight, many]);
  });

  it('takes a push beyond the bound when it is the only one', async () => {
    const pushed = batcher.enqueue(pushOf(['huge'], 40 * 1_024 * KIB));
    await queue.answer();

    await expect(pushed).resolves.toBeUndefined();
  });
});
