import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import { assertHarmless } from './bounds';
import { Condition, compileCondition, conditionProblem } from './condition';
import { isRecord, JsonRecord } from './json';
import { invalid, parse } from './parse';
import { OPERATIONS, Operation, PRIORITIES, Priority } from './webhook-event';

/** What is sent: the event as every API shows it, or with no more of its data than the fields that have changed. */
export const BODIES = ['recorded', 'changed'] as const;
export type Body = (typeof BODIES)[number];

const NAME = /^[a-z][a-z0-9_-]{0,62}$/;
const NAME_RULE = { message: 'must be lower-case letters, digits, _ or -, at most 63, beginning with a letter' };
const MODEL = /^[a-z0-9_.]{1,128}$/;
const SYSTEM = /^[a-z][a-z0-9_-]{0,62}$/;

/** As Standard Webhooks has them: 24 to 64 bytes in base64 behind the prefix. */
const SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

/** As many as a rotation needs, and a few to spare. */
export const MAX_SECRETS = 5;

function List(items: (each: { each: true; message: string }) => PropertyDecorator, message: string): PropertyDecorator {
  const rules = [IsArray({ message }), ArrayNotEmpty({ message }), ArrayMaxSize(100, { message })];
  return (target, property) => {
    for (const rule of [...rules, items({ each: true, message })]) rule(target, property);
  };
}

function IsCondition(): PropertyDecorator {
  return ValidateBy({
    name: 'isCondition',
    validator: {
      validate: (value) => conditionProblem(value) === null,
      defaultMessage: (args) => conditionProblem(args?.value) ?? '',
    },
  });
}

/** Which events a subscription is sent: those for which all that is given holds. */
export class SubscriptionFilter {
  @IsOptional()
  @List((each) => Matches(SYSTEM, each), 'must be a list of ids of systems')
  readonly systems?: readonly string[];

  @IsOptional()
  @List((each) => Matches(MODEL, each), 'must be a list of models, as ["sale.order"]')
  readonly models?: readonly string[];

  @IsOptional()
  @List((each) => IsIn(OPERATIONS, each), `must be a list of ${OPERATIONS.join(', ')}`)
  readonly operations?: readonly Operation[];

  @IsOptional()
  @List((each) => IsIn(PRIORITIES, each), `must be a list of ${PRIORITIES.join(', ')}`)
  readonly priorities?: readonly Priority[];

  /** Of the event's data; opaque to class-validator. */
  @IsOptional()
  @IsCondition()
  readonly condition?: Condition;

  /** With Odoo's configuration tests. */
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  readonly tests?: boolean;
}

/** What is sent where, and how; as a file declares it or an operator asks for it. */
export class SubscriptionSpec {
  @IsString()
  @Matches(NAME, NAME_RULE)
  readonly name!: string;

  @IsReceiver()
  readonly url!: string;

  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => SubscriptionFilter)
  readonly filter: SubscriptionFilter = new SubscriptionFilter();

  @IsIn(BODIES, { message: `must be one of ${BODIES.join(', ')}` })
  readonly body: Body = 'recorded';

  /** One after the other for each record: what fails holds up what follows of its record, until it is delivered or given up. */
  @IsBoolean({ message: 'must be true or false' })
  readonly ordered: boolean = false;

  /** At most so many; null: as many as the receiver takes. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(600_000)
  readonly rate_per_minute: number | null = null;

  /** What it is signed with, each; `${NAME}` stands for an environment variable in a file. */
  @IsOptional()
  @IsArray({ message: 'must be a list' })
  @ArrayMaxSize(MAX_SECRETS)
  @Matches(SECRET, { each: true, message: 'must be whsec_ and 24 to 64 bytes in base64, each' })
  readonly secrets?: readonly string[];
}

const FIELDS = ['name', 'url', 'filter', 'body', 'ordered', 'rate_per_minute', 'secrets'] as const;
const FILTER_FIELDS = ['systems', 'models', 'operations', 'priorities', 'condition', 'tests'] as const;

/** A subscription from outside, checked; throws `REQUEST_INVALID` that names every field at fault. */
export function parseSubscription(input: unknown): SubscriptionSpec {
  if (isRecord(input)) assertHarmless(input);
  const given = isRecord(input) && isRecord(input['filter']) ? input['filter'] : {};
  const unknown = [...strangers(input, FIELDS), ...strangers(given, FILTER_FIELDS, 'filter.')];
  if (unknown.length > 0) throw invalid(unknown, 'REQUEST_INVALID');
  return parse(SubscriptionSpec, input, 'REQUEST_INVALID');
}

/** A misspelt filter must not send everything. */
function strangers(input: unknown, known: readonly string[], prefix = '') {
  const names = isRecord(input) ? Object.keys(input).filter((name) => !known.includes(name)) : [];
  const message = `is not known here; there are ${known.join(', ')}`;
  return names.map((name) => ({ field: `${prefix}${name.slice(0, 50)}`, message }));
}

/** What a filter looks at. */
export interface FilteredEvent {
  readonly system: string;
  readonly model: string;
  readonly operation: Operation;
  readonly priority: Priority;
  readonly is_test: boolean;
  readonly data: JsonRecord;
}

/** Whether an event is one that the filter wants. */
export function compileFilter(filter: SubscriptionFilter): (event: FilteredEvent) => boolean {
  const { systems, models, operations, priorities, condition, tests = false } = filter;
  const holds = condition === undefined ? () => true : compileCondition(condition);
  return ({ system, model, operation, priority, is_test, data }) =>
    (tests || !is_test) &&
    (systems?.includes(system) ?? true) &&
    (models?.includes(model) ?? true) &&
    (operations?.includes(operation) ?? true) &&
    (priorities?.includes(priority) ?? true) &&
    holds(data);
}

const MAX_URL = 2_000;

function IsReceiver(): PropertyDecorator {
  return ValidateBy({
    name: 'isReceiver',
    validator: {
      validate: isReceiver,
      defaultMessage: () => 'must be an https (or http) URL without user and fragment',
    },
  });
}

function isReceiver(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > MAX_URL || !URL.canParse(value)) return false;
  const { protocol, username, password, hash } = new URL(value);
  return ['http:', 'https:'].includes(protocol) && username === '' && password === '' && hash === '';
}
