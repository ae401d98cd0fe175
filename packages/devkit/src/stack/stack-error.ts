/** EX_UNAVAILABLE of sysexits.h: something that this machine lacks. */
export const EXIT_UNAVAILABLE = 69;

/** The stores cannot be had here; the message says what the user can do about it. */
export class StackError extends Error {
  override readonly name = 'StackError';

  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
  }
}
