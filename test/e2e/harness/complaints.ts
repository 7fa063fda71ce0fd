/** What an Envoy does not like about the configuration it got. */
export class EnvoyComplaints {
  readonly #found = new Set<string>();
  /** Lines of logs and statistics that were told once. */
  readonly #told = new Set<string>();

  add(complaint: string): void {
    this.#found.add(complaint);
  }

  /** Takes in Envoy's log; of it, warnings about the configuration. */
  readLog(log: string): void {
    for (const line of log.split("\n")) {
      if (/deprecat|unknown field|is not supported|\[critical\]|assert failure/i.test(line)) this.#addOnce(line);
    }
  }

  /** Takes in `/stats`: uses of deprecated and of unknown fields are counted there. */
  readStatistics(statistics: string): void {
    for (const line of statistics.split("\n")) {
      const [, name, value] = /^(\S+): ([0-9]+)$/.exec(line) ?? [];
      if (name !== undefined && value !== "0") this.#addOnce(`${name}: ${value}`);
    }
  }

  /** Returns and forgets what was found; with a pattern only what matches it. */
  take(pattern = /(?:)/): string[] {
    const taken = [...this.#found].filter((complaint) => pattern.test(complaint));
    for (const complaint of taken) this.#found.delete(complaint);
    return taken;
  }

  #addOnce(complaint: string): void {
    if (this.#told.has(complaint)) return;
    this.#told.add(complaint);
    this.#found.add(complaint);
  }
}
