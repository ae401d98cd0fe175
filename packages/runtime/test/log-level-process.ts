import { createLog, switchLevelOnSignal } from '../src/index';

/** Writes one debug line for each line of its input, at the level that its environment gives. */
const log = createLog({ service: 'worker', LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'info', LOG_FORMAT: 'json' });
switchLevelOnSignal(log);
process.stdin.on('data', () => {
  log.debug('asked');
  log.error('answered');
});
log.error('started');
