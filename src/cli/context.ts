/** A stream that text is written to. */
export interface Output {
  write(text: string): unknown;
}

/** What commands have of the process they run in, so that tests run them without one. */
export interface CliContext {
  readonly stdout: Output;
  readonly stderr: Output;
  /** All of the standard input. */
  readonly readStdin: () => Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly now: () => Date;
  /** Calls `listener` when the process is asked to end; the returned function ends that. */
  readonly onStopSignal: (listener: (signal: string) => void) => () => void;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
}

/** The end of a command that did not do what it was asked to; the message, one line or a few, is all that is shown. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
