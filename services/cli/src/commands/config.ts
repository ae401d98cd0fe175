import { Argument } from 'commander';
import { examples, Registrar } from '../command';
import { effectiveConfig, EffectiveConfig, EffectiveVariable } from '../config/effective';
import { SERVICES } from '../config/services';
import { EXIT } from '../exit-codes';
import { Output } from '../output';
import { cleanText } from '../text/clean';
import { counted } from '../text/prose';
import { Column, Table } from '../text/table';

/** Shows what the services are told by this environment. */
export function configCommand({ program, act }: Registrar): void {
  program
    .command('config')
    .addArgument(new Argument('[service]', 'only this one').choices(SERVICES.map(({ name }) => name)))
    .summary('what each service is told by this environment')
    .description(
      'Shows every variable of every service: its value, where that is from, and what is wrong with it. Secrets are not shown. No service is asked: it is what one would run with here. Ends with 78 when something is wrong.',
    )
    .addHelpText(
      'after',
      examples(
        ['config', 'all services'],
        ['config worker', 'one of them'],
        ["config --json | jq '.services[] | select(.valid | not)'", 'for a script'],
      ),
    )
    .action(
      act(({ output, env }, _options, [only]) => {
        const services = SERVICES.filter(({ name }) => only === undefined || name === only);
        const found = services.map((service) => effectiveConfig(service, env));
        if (output.isJson) output.json({ services: found });
        else found.forEach((config, index) => show(config, output, index));
        return Promise.resolve(found.every(({ valid }) => valid) ? EXIT.ok : EXIT.config);
      }),
    );
}

function show({ service, valid: isValid, variables, problems }: EffectiveConfig, output: Output, index: number): void {
  const { paint, width } = output;
  const count = variables.filter(({ problem }) => problem !== null).length + problems.length;
  const verdict = isValid
    ? paint('green', 'would start')
    : paint('red', `would not start: ${counted(count, 'problem')}`);
  output.print(`${index === 0 ? '' : '\n'}${paint('bold', service)} ${verdict}`);
  const [heads = '', ...lines] = new Table(columns(output), width - 2, (text) => paint('dim', text)).lines(variables);
  output.print(`  ${heads}`);
  lines.forEach((line, at) => {
    const problem = variables[at]?.problem ?? null;
    output.print(`${problem === null ? ' ' : paint('red', '✗')} ${line}`);
    if (problem !== null) output.print(`    ${paint('red', cleanText(problem))}`);
  });
  for (const problem of problems) output.print(`${paint('red', '✗')} ${cleanText(problem)}`);
}

function columns({ paint }: Output): readonly Column<EffectiveVariable>[] {
  const dimmed = (text: string, { source }: EffectiveVariable): string =>
    source === 'environment' || source === 'file' ? text : paint('dim', text);
  return [
    { head: 'VARIABLE', cell: (variable) => dimmed(variable.name, variable) },
    { head: 'VALUE', cell: (variable) => dimmed(cleanText(variable.value ?? '–'), variable), isLong: true },
    { head: 'FROM', cell: (variable) => dimmed(variable.source ?? 'not set', variable) },
  ];
}
