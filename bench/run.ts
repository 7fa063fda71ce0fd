/** A benchmark that was asked for on the command line: it says how far it is, and ends in order, whatever happens. */
export class Run {
  readonly #name: string;
  readonly #began = performance.now();
  #isInterrupted = false;

  /** `name` stands before all it says. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Whether it was told to end before it was done. What fails from then on fails because of that. */
  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  /** Tells on standard error what is done next, with the seconds since the start. */
  readonly say = (text: string): void => {
    const seconds = ((performance.now() - this.#began) / 1000).toFixed(0).padStart(4);
    process.stderr.write(`${this.#name}: ${seconds} s  ${text}\n`);
  };

  /** Ctrl-C and other wishes to end: everything is put away first, and asking again does not cut that short. */
  onInterruption(cleanUp: () => Promise<void>): void {
    for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
      process.on(signal, () => {
        if (this.#isInterrupted) return;
        this.#isInterrupted = true;
        this.say("stopping");
        void cleanUp().finally(() => process.exit(code));
      });
    }
  }

  /** Measures. Failure is told, and ends with exit code 1. */
  async start(measure: () => Promise<void>): Promise<void> {
    try {
      await measure();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.#isInterrupted) process.stderr.write(`${this.#name}: ${reason}\n`);
      process.exitCode = 1;
    }
  }
}
