import { readText } from './repository';

/** One instruction of a Dockerfile: `RUN`, and what follows it as it is written, on one line. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

export interface Stage {
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of deploy/Dockerfile; the last one is the image. */
export function readDockerfile(): Stage[] {
  const stages: { from: string; instructions: Instruction[] }[] = [];
  for (const { name, text } of instructionsIn(readText('deploy/Dockerfile'))) {
    if (name === 'FROM') stages.push({ from: text, instructions: [] });
    else stages.at(-1)?.instructions.push({ name, text });
  }
  return stages;
}

function instructionsIn(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  const whole = lines.join('\n').replace(/\\\n/g, ' ').split('\n');
  return whole.map((line) => {
    const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    return { name, text: rest.trim() };
  });
}

/** What follows an instruction in JSON, as ENTRYPOINT has it. */
export function wordsOf(stage: Stage | undefined, name: string): string[] {
  const text = stage?.instructions.find((instruction) => instruction.name === name)?.text ?? '[]';
  return JSON.parse(text.slice(text.indexOf('['))) as string[];
}
