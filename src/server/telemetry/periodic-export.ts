/** Something that is sent to a collector again and again. */
export interface PeriodicExport {
  /** Sends now what there is, unless an export is under way; resolves when that is over, whether it worked or not. */
  flush(): Promise<void>;
  /** Sends once more what there is, after an export that is under way. */
  finish(): Promise<void>;
  /** No more exports; what is under way is left to its time limit. */
  stop(): void;
}

export interface PeriodicExportOptions {
  readonly intervalMs: number;
  readonly send: () => Promise<void>;
  /** Told when exports begin to fail, and when they work again; not each time. */
  readonly onFailing: (error: unknown) => void;
  readonly onWorking: () => void;
}

/** Exports in intervals; one that takes longer makes the next one wait. The process is not kept alive for it. */
export function exportPeriodically({ intervalMs, send, onFailing, onWorking }: PeriodicExportOptions): PeriodicExport {
  let isFailing = false;
  let running: Promise<void> | undefined;
  const flush = (): Promise<void> => {
    running ??= send()
      .then(
        () => {
          if (isFailing) onWorking();
          isFailing = false;
        },
        (error: unknown) => {
          if (!isFailing) onFailing(error);
          isFailing = true;
        },
      )
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  const timer = setInterval(() => void flush(), intervalMs).unref();
  const finish = async (): Promise<void> => {
    await running;
    await flush();
  };
  return { flush, finish, stop: () => clearInterval(timer) };
}
