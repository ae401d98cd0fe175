import type { Report, Request } from './keeper-protocol';
import { Keeper } from './keeper';
import { StackError } from './stack-error';

function report(message: Report): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

const keeper = new Keeper(report);

async function closeAndExit(): Promise<void> {
  await keeper.close();
  process.exit();
}

process.on('message', ({ id, ...request }: Request & { id: number }) => {
  keeper.handle(request).then(
    (state) => {
      report({ type: 'done', id, state });
    },
    (error: unknown) => {
      const { message } = error instanceof Error ? error : new Error(String(error));
      report({ type: 'failed', id, message, exitCode: error instanceof StackError ? error.exitCode : 1 });
    },
  );
});
// The channel closes when the asking process ends, however it ends: that is what a keeper is for.
process.on('disconnect', () => void closeAndExit());
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => void closeAndExit());
