import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One thing that was done, by whom, to what, with what outcome. */
@Entity('audit_logs')
export class AuditLogRow {
  @PrimaryColumn('bigint')
  readonly id!: string;

  @PrimaryColumn('timestamptz')
  readonly at!: Date;

  @Column('text')
  readonly service!: string;

  @Column('text')
  readonly worker!: string;

  @Column('text', { nullable: true })
  readonly key_id!: string | null;

  @Column('text')
  readonly action!: string;

  @Column('text')
  readonly outcome!: string;

  @Column('text', { nullable: true })
  readonly system!: string | null;

  @Column('text', { nullable: true })
  readonly model!: string | null;

  @Column('integer', { nullable: true })
  readonly record_id!: number | null;

  @Column('bigint', { nullable: true })
  readonly event_id!: string | null;

  @Column('text', { nullable: true })
  readonly correlation_id!: string | null;

  @Column('text', { nullable: true })
  readonly error!: string | null;

  @Column('jsonb', { nullable: true })
  readonly detail!: Record<string, unknown> | null;
}
