/** Lets at most `size` pieces of work run at the same time; the others wait in order. */
export class Slots {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly size: number) {}

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.running >= this.size) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift(); // takes over this slot, so nobody can slip in between
      if (next === undefined) this.running -= 1;
      else next();
    }
  }
}
