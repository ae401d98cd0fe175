const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** What a piece of text is marked as; it stays plain where colours are not wanted. */
export type Paint = (style: keyof typeof CODES, text: string) => string;

/** Colours only for people who look at a terminal and have not said no (https://no-color.org). */
export function paintFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const isWanted = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  return isWanted ? (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m` : (_, text) => text;
}

/** Prints lines; what happens before everything is up is held back, so that it does not tear the instructions apart. */
export class Terminal {
  private held: string[] | null = [];

  constructor(
    private readonly stream: NodeJS.WritableStream,
    readonly paint: Paint,
  ) {}

  print(text: string): void {
    this.stream.write(`${text}\n`);
  }

  /** Something that happened while running. */
  event(text: string): void {
    if (this.held === null) this.print(text);
    else this.held.push(text);
  }

  release(): void {
    const held = this.held ?? [];
    this.held = null;
    held.forEach((text) => {
      this.print(text);
    });
  }
}
