/** Milliseconds of work after which the event loop gets a turn. */
const SLICE_MS = 12;

/** Cuts long work into slices, so that the event loop stays alive meanwhile. */
export class Slices {
  #began = performance.now();

  /** True when it is time to {@link rest}; asked first because waiting costs a turn even when there is nothing to wait for. */
  get isDue(): boolean {
    return performance.now() - this.#began >= SLICE_MS;
  }

  async rest(): Promise<void> {
    await turn();
    this.#began = performance.now();
  }
}

/** One turn of the event loop: everything that has happened by now is told before this resolves. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
