import { IncomingMessage } from 'node:http';
import { finished } from 'node:stream';

/** Long enough for a body of some megabytes on a slow line; who still sends then is cut off. */
const READ_OFF_MS = 5_000;

/**
 * Reads off and forgets what the caller is still sending, for a while. A refusal is known before the body is there,
 * and a caller whose connection closes while it sends sees a broken connection instead of the answer.
 */
export function readOff(req: IncomingMessage, ms = READ_OFF_MS): Promise<void> {
  if (req.complete || req.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    finished(req, () => {
      clearTimeout(timer);
      resolve();
    });
    req.resume();
  });
}
