import type { FakeOdoo } from './fake-odoo';
import type { Random } from './random';

/** How a simulated day goes. */
export interface DriveOptions {
  /** Events, not clicks: one click may make a dozen. 0 stands still. */
  readonly perMinute: number;
  readonly scheduledEverySeconds: number;
  /** Share of clicks in the web client, whose instant pushes come a second time with the job (README §3). */
  readonly webShare: number;
  readonly random: Random;
}

const LONGEST_NAP_MS = 500;
const KEPT_ROWS = 20_000; // some 100 MB

/** Lets the business go on by itself: instant pushes at once, the others by the job; the answer stops it. */
export function drive(odoo: FakeOdoo, options: DriveOptions): () => void {
  const { perMinute, scheduledEverySeconds, webShare, random } = options;
  const start = Date.now();
  let made = 0;
  const work = (): void => {
    const due = ((Date.now() - start) / 60_000) * perMinute;
    while (made < due) {
      const client = random.chance(webShare) ? 'web' : 'jsonrpc';
      const changes = odoo.business.next();
      made += changes.length;
      odoo.deliver(odoo.commit(changes, { client }), { instantOnly: true });
    }
  };
  const clicks = perMinute > 0 ? setInterval(work, Math.min(LONGEST_NAP_MS, 30_000 / perMinute)) : undefined;
  const job = setInterval(() => {
    void odoo.runScheduledPushes(); // never rejects
    odoo.cleanUp(KEPT_ROWS);
  }, scheduledEverySeconds * 1000);
  return () => {
    clearInterval(clicks);
    clearInterval(job);
  };
}
