import { BridgeError } from '@bridgecore/contracts';

/**
 * Fails with `JOB_TIMEOUT` when the work takes longer, so that its slot is free again. The work itself cannot be
 * stopped and may still end: it must be as harmless beside its next attempt as a second delivery is.
 */
export async function limited<T>(work: Promise<T>, timeoutMs: number | undefined): Promise<T> {
  if (timeoutMs === undefined) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new BridgeError('JOB_TIMEOUT', `The attempt took longer than ${timeoutMs / 1_000} s.`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]); // a failure of the work after that is nobody's: it is tried again anyway
  } finally {
    clearTimeout(timer);
  }
}
