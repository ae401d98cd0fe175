import { setTimeout as sleep } from 'node:timers/promises';
import { Check } from './health';

/** A check that looks on its own at something that takes time to answer. */
export interface Probe {
  readonly isUp: () => boolean;
  readonly check: Check;
  readonly stop: () => void;
}

/**
 * Asks every so often; one question at a time, so that a hanging answer is not asked for again. What has not answered
 * within `timeoutMs`, or fails, is down.
 */
export function probe(answers: () => Promise<boolean>, everyMs = 2_000, timeoutMs = 3_000): Probe {
  let isUp = false;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const look = async (): Promise<void> => {
    const answer = answers().catch(() => false);
    const late = sleep(timeoutMs, false, { ref: false });
    isUp = await Promise.race([answer, late]);
    isUp = await answer;
    if (!stopped) timer = setTimeout(() => void look(), everyMs);
  };
  void look();
  return {
    isUp: () => isUp,
    check: () => (isUp ? 'up' : 'down'),
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
