import { paintFor } from '../start/terminal';
import { drill } from './drill';
import { DrillUsageError, HELP, readOptions } from './options';
import { hasPassed, renderReport } from './report';

/** `npm run drill`: resolves with the exit code. */
export async function runDrill(args: readonly string[]): Promise<number> {
  const paint = paintFor(process.stdout, process.env);
  const startedAt = Date.now();
  const tell = (text: string): void => {
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    process.stdout.write(`${paint('dim', clock.padStart(6))}  ${text}\n`);
  };
  try {
    const options = readOptions(args);
    if (options === undefined) {
      process.stdout.write(HELP);
      return 0;
    }
    tell(`drill of ${options.minutes} min, seed ${options.seed}, ${options.faults.length} kinds of fault`);
    const result = await drill(options, tell);
    process.stdout.write(renderReport(result, options, paint));
    return hasPassed(result) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof DrillUsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
}
