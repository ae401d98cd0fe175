import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { MUTANTS } from './mutants';

const VARIABLE = 'DRILL_MUTANT';

/** The environment in which a service runs as this mutant: this file is loaded before it. */
export function mutating(mutant: string | undefined): Record<string, string> {
  return mutant === undefined ? {} : { [VARIABLE]: mutant, NODE_OPTIONS: `--require ${JSON.stringify(__filename)}` };
}

/** Changes the module of the mutant as it is loaded; a change that does not fit the code any more is an error. */
function mutate(name: string): void {
  const mutant = MUTANTS[name];
  if (mutant === undefined) throw new Error(`there is no mutant '${name}'`);
  const { _extensions: extensions } = Module as unknown as { _extensions: Record<string, Load> };
  const load = extensions['.js'];
  extensions['.js'] = (module, path) => {
    if (!path.endsWith(mutant.module)) load?.(module, path);
    else module._compile(changed(readFileSync(path, 'utf8'), mutant.changes), path);
  };
}

type Load = (module: { _compile(code: string, path: string): void }, path: string) => void;

function changed(code: string, changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`the mutant does not fit: there is not one "${from}"`);
    return text.replace(from, () => to);
  }, code);
}

const name = process.env[VARIABLE];
if (name !== undefined) mutate(name);
