/** What the process ends with; documented in the help and the README. 64 and up are those of sysexits.h. */
export const EXIT = {
  ok: 0,
  /** Something is wrong, was found wrong, or failed. */
  found: 1,
  usage: 64,
  /** What was asked cannot be reached, or says that it cannot work now. */
  unavailable: 69,
  /** The key is not known, has expired, or may not do that. */
  refused: 77,
  config: 78,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
