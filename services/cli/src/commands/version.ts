import { examples, Registrar } from '../command';
import { version } from '../version';

/** Says which version this is. */
export function versionCommand({ program, act }: Registrar): void {
  program
    .command('version')
    .summary('which version this is')
    .description('Prints the version of this program, and of the Node that runs it.')
    .addHelpText('after', examples(['version --json', 'for a script']))
    .action(
      act(({ output, env }) => {
        const found = { version: version(env), node: process.versions.node };
        if (output.isJson) output.json(found);
        else output.print(`bridgecore ${found.version} (Node ${found.node})`);
        return Promise.resolve(undefined);
      }),
    );
}
