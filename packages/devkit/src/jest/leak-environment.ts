import { TestEnvironment } from 'jest-environment-node';
import type { Circus } from '@jest/types';
import { setTimeout as sleep } from 'node:timers/promises';

const GRACE_MS = 2_000;
// Sockets, servers, children and timers; what Jest itself needs in a worker is there before the test file is.
const WATCHED = new Set([
  'TCPSocketWrap',
  'TCPServerWrap',
  'TCPWRAP',
  'ProcessWrap',
  'PipeWrap',
  'Timeout',
  'UDPWRAP',
  'FSEventWrap',
]);

/**
 * Fails a test file that leaves something open that would keep a process alive. Jest's own search for open handles is
 * slow, and without it a leak in a worker is only a warning.
 */
export default class LeakEnvironment extends TestEnvironment {
  private readonly before = countResources();
  private failed = false;

  handleTestEvent(event: Circus.AsyncEvent | Circus.SyncEvent): void {
    if (event.name === 'test_done' && event.test.errors.length > 0) this.failed = true;
  }

  override async teardown(): Promise<void> {
    await super.teardown();
    const deadline = Date.now() + GRACE_MS;
    while (leaks(this.before).length > 0 && Date.now() < deadline) await sleep(20, undefined, { ref: false });
    const left = leaks(this.before);
    // A test that fails seldom closes everything, and an error thrown here would hide why it failed.
    if (left.length === 0 || this.failed) return;
    const message = `this test file leaves open: ${left.join(', ')}. Close everything in afterEach or afterAll.`;
    throw Object.assign(new Error(message), { stack: message }); // where it is thrown helps nobody
  }
}

function leaks(before: ReadonlyMap<string, number>): string[] {
  const more = [...countResources()].map(([type, count]) => [type, count - (before.get(type) ?? 0)] as const);
  return more.filter(([, count]) => count > 0).map(([type, count]) => `${count} × ${type}`);
}

function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo())
    if (WATCHED.has(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}
