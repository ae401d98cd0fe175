import { Links } from './links';

/** Which record of the target is which of the source, as far as one page needs to know. */
export class Resolver {
  private readonly targets = new Map<string, number>();

  constructor(private readonly links: Links) {}

  /** Looks up what is not known yet. */
  async load(model: string, ids: Iterable<number>): Promise<void> {
    const wanted = [...ids].filter((id) => this.target(model, id) === undefined);
    for (const [id, { target_id, is_deleted }] of await this.links.ofSources(model, wanted)) {
      if (target_id !== null && !is_deleted) this.add(model, id, target_id);
    }
  }

  target(model: string, id: number): number | undefined {
    return this.targets.get(`${model},${id}`);
  }

  add(model: string, id: number, target: number): void {
    this.targets.set(`${model},${id}`, target);
  }
}
