type Kind = "urgent" | "ordinary";

/** How many passes there may be at once. */
export interface PassLimits {
  readonly all: number;
  /** Of one kind; the rest is kept free for the other one. */
  readonly ofKind: number;
}

const defaults: PassLimits = { all: 8, ofKind: 6 };

/**
 * Lets a few passes through at a time, so that an upgrade of a thousand fleets neither floods the API server nor rolls out all Envoys of a
 * cluster in one moment. Urgent ones go first; each kind has places that the other one cannot take.
 */
export class PassLimit {
  readonly #limits: PassLimits;
  readonly #running: Record<Kind, number> = { urgent: 0, ordinary: 0 };
  readonly #waiting: Readonly<Record<Kind, (() => void)[]>> = { urgent: [], ordinary: [] };

  constructor(limits = defaults) {
    this.#limits = limits;
  }

  /** Runs `pass` when there is a place for it. */
  async run(isUrgent: boolean, pass: () => Promise<void>): Promise<void> {
    const kind = isUrgent ? "urgent" : "ordinary";
    await new Promise<void>((enter) => {
      this.#waiting[kind].push(enter);
      this.#admit();
    });
    try {
      await pass();
    } finally {
      this.#running[kind] -= 1;
      this.#admit();
    }
  }

  #admit(): void {
    for (const kind of ["urgent", "ordinary"] as const) {
      while (this.#hasPlace(kind)) {
        const enter = this.#waiting[kind].shift();
        if (!enter) break;
        this.#running[kind] += 1;
        enter();
      }
    }
  }

  #hasPlace(kind: Kind): boolean {
    const { urgent, ordinary } = this.#running;
    return urgent + ordinary < this.#limits.all && this.#running[kind] < this.#limits.ofKind;
  }
}
