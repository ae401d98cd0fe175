import { IsOptional, IsString } from 'class-validator';

/** What may be told of notifications to the gateway, which takes subscriptions, and to the worker, which sends. */
export class NotifySettings {
  /** Networks that receivers may be in although they are not public, as `10.1.0.0/16, ::1`; see `networks.ts`. */
  @IsOptional()
  @IsString()
  readonly NOTIFY_ALLOWED_NETWORKS?: string;
}
