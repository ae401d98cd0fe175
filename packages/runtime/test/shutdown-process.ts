import { setTimeout as sleep } from 'node:timers/promises';
import { createLog, Shutdown } from '../src/index';

/** A process that shuts down as its first argument says; `ready` is its first line. */
const [scenario = ''] = process.argv.slice(2);
const log = createLog({ service: 'test', LOG_LEVEL: 'info', LOG_FORMAT: 'json' });
const isDelayed = scenario === 'delayed' || scenario === 'delayed-twice' || scenario === 'crashes';
const delayMs = scenario === 'delayed' ? 300 : isDelayed ? 600_000 : 0;
const shutdown = new Shutdown(log, scenario === 'hangs' ? 100 : 20_000, delayMs);

const closes = (name: string): void => {
  shutdown.defer(name, async () => {
    await Promise.resolve();
    log.info(`closed ${name}`);
  });
};

const hangs = (): Promise<never> => new Promise(() => setInterval(() => undefined, 1_000));

closes('first');
if (scenario === 'hangs' || scenario === 'twice') {
  const close = (): Promise<never> => {
    log.info('closing stubborn');
    return hangs();
  };
  shutdown.defer('stubborn', close, () => ['job 5']);
}
if (scenario === 'delayed') shutdown.defer('slow', () => sleep(50)); // longer than what is not worth telling
if (scenario === 'fails') shutdown.defer('broken', () => Promise.reject(new Error('cannot close')));
if (scenario === 'late') {
  shutdown.defer('slow', () => {
    closes('late'); // was being opened when the signal came
  });
}
closes('last');
shutdown.begun.addEventListener('abort', () => {
  if (isDelayed) log.info(`begun ${shutdown.hasBegun}`);
});
process.on('warning', ({ name }) => log.warn(`warning ${name}`));
const runs = scenario === 'awaited' ? 20 : 0;
for (let count = 0; count < runs; count += 1) shutdown.begun.addEventListener('abort', () => undefined);
shutdown.listen();
setInterval(() => undefined, 1_000);
process.stdout.write('{"message":"ready"}\n');
if (scenario === 'crashes') void Promise.reject(new Error('a bug'));
