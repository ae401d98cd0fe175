import { ConfigError } from './environment';

/** Runs a service's `main`; what is wrong with its configuration is told in words and with exit code 78. */
export function start(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    const { code, message, stack } = error as { code?: unknown; message?: string; stack?: string };
    const isConfig = error instanceof ConfigError || code === 'CONFIG_INVALID';
    const isPortTaken = code === 'EADDRINUSE' || code === 'EACCES';
    const hint = 'Give PORT, OPERATOR_PORT or HEALTH_PORT another value.';
    const told = isPortTaken ? `${message ?? ''}. ${hint}` : isConfig ? message : stack;
    process.stderr.write(`${told ?? String(error)}\n`);
    process.exit(isConfig ? 78 : 1);
  });
}
