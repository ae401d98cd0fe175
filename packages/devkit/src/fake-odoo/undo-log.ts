import type { JsonObject } from './json-write';
import { recordKey, type Records } from './records';

type States = Map<string, JsonObject | undefined>;

/** How the records were before a transaction touched them, and before each of its savepoints. */
export class UndoLog {
  private readonly levels: States[] = [new Map<string, JsonObject | undefined>()];
  private hidden: States | undefined;

  constructor(private readonly records: Records) {}

  /** Remembers a record that is about to be changed. */
  note(model: string, id: number): void {
    const key = recordKey(model, id);
    for (const level of this.levels) if (!level.has(key)) level.set(key, this.records.get(model, id));
  }

  /** A savepoint; its number. */
  mark(): number {
    return this.levels.push(new Map()) - 1;
  }

  rollBackTo(level: number): void {
    this.records.restore(this.levels[level] ?? new Map());
    this.levels.length = level;
    this.levels.push(new Map());
  }

  rollBack(): void {
    if (this.hidden === undefined) this.records.restore(this.first);
  }

  /** Takes what was done out of sight. */
  hide(): void {
    this.hidden = new Map([...this.first.keys()].map((key) => [key, this.stateOf(key)]));
    this.records.restore(this.first);
  }

  /** Brings it back; over what others did meanwhile, as the addon has no way to notice either. */
  show(): void {
    if (this.hidden !== undefined) this.records.restore(this.hidden);
  }

  private get first(): States {
    return this.levels[0] ?? new Map<string, JsonObject | undefined>();
  }

  private stateOf(key: string): JsonObject | undefined {
    const at = key.lastIndexOf(',');
    return this.records.get(key.slice(0, at), Number(key.slice(at + 1)));
  }
}
