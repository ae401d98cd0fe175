import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from './service';

const READY_MS = 60_000;

/** A service did not come up; the message ends with what it said last. */
export class NotReady extends Error {
  override readonly name = 'NotReady';
  readonly exitCode = 1;
}

/** Waits until the service answers 200 there; fails as soon as it ends, or when it takes too long. */
export async function untilReady(
  service: Service,
  url: string,
  signal: AbortSignal,
  timeoutMs = READY_MS,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let answer = 'nothing';
  while (Date.now() < deadline) {
    signal.throwIfAborted();
    if (!service.isRunning)
      throw new NotReady(`${service.name} ended while it started. It said last:\n${service.lastLines}`);
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2_000), headers: { connection: 'close' } });
      answer = `${response.status} ${await response.text()}`;
      if (response.ok) return;
    } catch {
      // it does not listen yet
    }
    await sleep(100);
  }
  throw new NotReady(
    `${service.name} was not ready after ${timeoutMs / 1_000} s; ${url} answered ${answer}. It said last:\n${service.lastLines}`,
  );
}
