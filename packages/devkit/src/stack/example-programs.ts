import { installFromDebian } from './debian-install';
import { findExecutable } from './executables';
import { EXIT_UNAVAILABLE, StackError } from './stack-error';

/** What the examples in the documentation are run with beside Node, and what Debian calls it. */
const PACKAGES = { bash: 'bash', python3: 'python3', curl: 'curl', jq: 'jq' } as const;
export type ExampleProgram = keyof typeof PACKAGES;

/** Where each is, installed with Debian's package manager where it is missing and we may. */
export async function findOrInstallForExamples(
  log: (line: string) => void,
): Promise<Readonly<Record<ExampleProgram, string>>> {
  const missing = (Object.keys(PACKAGES) as ExampleProgram[]).filter((program) => findExecutable(program) === null);
  if (missing.length > 0) {
    const ended = await installFromDebian(
      missing.map((program) => PACKAGES[program]),
      log,
    );
    if (ended !== null && ended.code !== 0) throw unavailable(missing, ended.output);
  }
  const where = (program: ExampleProgram): string => {
    const found = findExecutable(program);
    if (found === null) throw unavailable(missing, '');
    return found;
  };
  return { bash: where('bash'), python3: where('python3'), curl: where('curl'), jq: where('jq') };
}

function unavailable(missing: readonly string[], said: string): StackError {
  const names = missing.join(', ');
  const problem =
    `The examples in the documentation are run with ${names}, which cannot be had here. ${said}`.trimEnd();
  return new StackError(`${problem}\nInstall ${names}, then run the command again.`, EXIT_UNAVAILABLE);
}
