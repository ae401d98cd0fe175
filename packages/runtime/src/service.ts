import { ConfigError } from './config';

/** Runs a service's `main`; what is wrong with its configuration is told in words and with exit code 78. */
export function start(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    const isConfig = error instanceof ConfigError || (error as { code?: unknown }).code === 'CONFIG_INVALID';
    process.stderr.write(`${isConfig ? (error as Error).message : String((error as Error).stack)}\n`);
    process.exit(isConfig ? 78 : 1);
  });
}
