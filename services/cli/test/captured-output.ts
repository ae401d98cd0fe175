import { Output } from '../src/output';

/** An output that is kept, of a terminal of this width or of a pipe. */
export interface Captured {
  readonly output: Output;
  text(): string;
  errors(): string;
}

/** Without colours, so that tests can read it. */
export function captured({ columns, isJson = false, env = { NO_COLOR: '1' } }: CapturedOptions = {}): Captured {
  let [text, errors] = ['', ''];
  const stream = (write: (text: string) => void): ConstructorParameters<typeof Output>[0]['out'] => ({
    ...(columns === undefined ? {} : { isTTY: true, columns }),
    write: (written) => {
      write(written);
      return true;
    },
    once: () => undefined,
  });
  const out = stream((written) => (text += written));
  const err = stream((written) => (errors += written));
  return { output: new Output({ out, err, env, isJson }), text: () => text, errors: () => errors };
}

interface CapturedOptions {
  readonly columns?: number;
  readonly isJson?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}
