import { StackError } from '../stack/stack-error';
import { startStack } from '../stack/stack';
import { setSharedStack } from './shared-stack';

/** Starts the stores that all tests share, and tells the workers where they are. */
export default async function globalSetup(): Promise<void> {
  try {
    const stack = await startStack({
      log: (line) => {
        process.stderr.write(`${line}\n`);
      },
    });
    setSharedStack(stack);
    process.env.TEST_REDIS_URL = stack.redisUrl;
    process.env.TEST_DATABASE_URL = stack.databaseUrl;
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(error.exitCode); // nothing was run, and no stack trace helps with what is missing
  }
}
