import { createLog, Shutdown } from '../src/index';

/** A process that shuts down as its first argument says; `ready` is its first line. */
const [scenario = ''] = process.argv.slice(2);
const log = createLog({ service: 'test', LOG_LEVEL: 'info', LOG_FORMAT: 'json' });
const shutdown = new Shutdown(log, scenario === 'hangs' ? 100 : 20_000);

const closes = (name: string): void => {
  shutdown.defer(name, async () => {
    await Promise.resolve();
    log.info(`closed ${name}`);
  });
};

const hangs = (): Promise<never> => new Promise(() => setInterval(() => undefined, 1_000));

closes('first');
if (scenario === 'hangs' || scenario === 'twice') {
  shutdown.defer('stubborn', () => {
    log.info('closing stubborn');
    return hangs();
  });
}
if (scenario === 'fails') shutdown.defer('broken', () => Promise.reject(new Error('cannot close')));
if (scenario === 'late') {
  shutdown.defer('slow', () => {
    closes('late'); // was being opened when the signal came
  });
}
closes('last');
shutdown.listen();
setInterval(() => undefined, 1_000);
process.stdout.write('{"message":"ready"}\n');
if (scenario === 'crashes') void Promise.reject(new Error('a bug'));
