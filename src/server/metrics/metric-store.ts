import {
  type CounterName,
  type GaugeName,
  type HistogramName,
  type MetricName,
  metricDefinitions,
} from "./definitions.ts";

export type Labels = Readonly<Record<string, string>>;

/** Counts of a histogram: one for each bound, and one for what lies above. */
export interface Distribution {
  readonly counts: number[];
  sum: number;
  count: number;
}

/** One series of a metric. */
export interface Point {
  readonly labels: Labels;
  value: number;
  readonly distribution?: Distribution;
}

const noLabels: Labels = {};

/**
 * Counters, gauges and distributions. Counting is adding to a number, so that it may stand on the path of a change; everything
 * that costs more happens when the metrics are read.
 */
export class MetricStore {
  readonly #metrics = new Map<MetricName, Map<string, Point>>();
  readonly #readings: (() => void)[] = [];

  count(name: CounterName, labels: Labels = noLabels, by = 1): void {
    this.#point(name, labels).value += by;
  }

  set(name: GaugeName | CounterName, labels: Labels, value: number): void {
    this.#point(name, labels).value = value;
  }

  observe(name: HistogramName, labels: Labels, value: number): void {
    const { distribution } = this.#point(name, labels);
    if (!distribution) return;
    const { bounds } = metricDefinitions[name];
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++;
    distribution.counts[bucket] = (distribution.counts[bucket] ?? 0) + 1;
    distribution.sum += value;
    distribution.count++;
  }

  /** Forgets the series of a metric, before they are set anew. */
  clear(name: GaugeName | CounterName): void {
    this.#metrics.delete(name);
  }

  /** Calls `reading` whenever the metrics are read, to set those that are not counted but looked at. */
  onRead(reading: () => void): void {
    this.#readings.push(reading);
  }

  /** All series, by name. */
  read(): ReadonlyMap<MetricName, readonly Point[]> {
    for (const reading of this.#readings) reading();
    return new Map([...this.#metrics].map(([name, points]) => [name, [...points.values()]]));
  }

  #point(name: MetricName, labels: Labels): Point {
    const points = this.#metrics.get(name) ?? new Map<string, Point>();
    if (points.size === 0) this.#metrics.set(name, points);
    let key = "";
    for (const label in labels) key += `${labels[label]}\n`;
    let point = points.get(key);
    if (!point) {
      const definition = metricDefinitions[name];
      const distribution =
        definition.type === "histogram"
          ? { counts: new Array<number>(definition.bounds.length + 1).fill(0), sum: 0, count: 0 }
          : undefined;
      point = { labels, value: 0, ...(distribution && { distribution }) };
      points.set(key, point);
    }
    return point;
  }
}
