import { SwitchableLog } from './logger';

/**
 * Lets an operator see more without a restart: SIGUSR2 switches to `debug`, and at the next time back to what is
 * configured (SIGUSR1 is Node's own, and opens its debugger). Told while `debug` holds, so that it is told at any level.
 */
export function switchLevelOnSignal(log: SwitchableLog): void {
  const configured = log.level;
  process.on('SIGUSR2', () => {
    const former = log.level;
    const level = former === configured ? 'debug' : configured;
    log.level = 'debug';
    log.info('log.level_changed', { from: former, to: level, by: 'SIGUSR2' });
    log.level = level;
  });
}
