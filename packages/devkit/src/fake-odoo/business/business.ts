import type { Change } from '../change';
import { changePartner, changePrice, createPartner, createProduct } from './master-data';
import { order } from './purchase';
import { quote } from './sale';
import type { Step } from './step';
import { newWorld, type World } from './world';

const OPEN_MATTERS = 40; // beyond that, old ones are brought to their end before new ones begin

/** A furniture dealer's day: the same seed gives the same changes, and each fits to those before it. */
export class Business {
  private readonly world: World;
  private readonly open: (() => Step)[] = [];

  constructor(deps: Pick<World, 'random' | 'now' | 'nextId'>) {
    this.world = newWorld(deps);
  }

  /** The changes of the next click: one transaction, from one change to a dozen. */
  next(): Change[] {
    const { random } = this.world;
    if (random.chance(0.14)) return random.pick([createPartner, changePartner, createProduct, changePrice])(this.world);
    const isFull = this.open.length >= OPEN_MATTERS;
    const isNew = this.open.length === 0 || (!isFull && random.chance(0.25));
    const { changes, next } = isNew ? this.begin() : this.goOn();
    if (next !== undefined) this.open.push(next);
    return changes;
  }

  private begin(): Step {
    return this.world.random.chance(0.8) ? quote(this.world) : order(this.world);
  }

  private goOn(): Step {
    const [next] = this.open.splice(this.world.random.between(0, this.open.length - 1), 1);
    return next === undefined ? this.begin() : next();
  }
}
