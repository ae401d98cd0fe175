import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString } from 'class-validator';
import { Secret, variablesOf } from '../src/index'; // which loads what decorators need

class Shared {
  @IsString()
  readonly LOG_LEVEL: string = 'info';
}

class Own {
  @Secret()
  @IsString()
  readonly STORE_URL!: string;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  readonly LIMIT?: number;

  @Type(() => Number)
  @IsInt()
  readonly PORT: number = 8080;
}

it('names every variable once, with its default and whether it is secret', () => {
  expect(variablesOf([Shared, Own, Shared])).toEqual([
    { name: 'LOG_LEVEL', isSecret: false, default: 'info' },
    { name: 'STORE_URL', isSecret: true, default: undefined },
    { name: 'LIMIT', isSecret: false, default: undefined },
    { name: 'PORT', isSecret: false, default: '8080' },
  ]);
});
