import { BridgeError } from '@bridgecore/contracts';
import { Direction } from './direction';
import { FieldPlan, planFields, PlanSettings } from './field-plan';

/** What is copied of each model that one direction of a run meets; both Odoos are asked once for each. */
export class Plans {
  private readonly plans = new Map<string, FieldPlan | null>();
  private readonly obstacles = new Map<string, string>();

  constructor(
    private readonly direction: Direction,
    private readonly settings: PlanSettings,
  ) {}

  /** Of the model that was asked for, which need not be set up; one that an Odoo does not have or show ends the run. */
  async ofAsked(model: string): Promise<FieldPlan> {
    const plan = await planFields(model, this.direction, this.settings);
    this.plans.set(model, plan);
    return plan;
  }

  /** Of the model of a relation; null when an Odoo does not have it or show it. */
  async ofParent(model: string): Promise<FieldPlan | null> {
    const known = this.plans.get(model);
    if (known !== undefined) return known;
    const plan = await this.find(model);
    this.plans.set(model, plan);
    return plan;
  }

  /** Why a relation to this model is left out. */
  obstacle(model: string): string {
    return this.obstacles.get(model) ?? `its ${model} is not there on the other side`;
  }

  /** From now on its records are left out, for this reason. */
  block(model: string, reason: string): void {
    this.obstacles.set(model, reason);
    this.plans.set(model, null);
  }

  private async find(model: string): Promise<FieldPlan | null> {
    try {
      return await planFields(model, this.direction, this.settings);
    } catch (error) {
      if (!(error instanceof BridgeError) || error.code !== 'ODOO_REFUSED') throw error;
      this.obstacles.set(model, error.message);
      return null;
    }
  }
}

/** What has to be read of a record: what is copied, and what it is found by. */
export function fieldsToRead({ fields, settings }: FieldPlan): string[] {
  return [...new Set([...fields.map(({ name }) => name), ...settings.naturalKeys.flat()])];
}
