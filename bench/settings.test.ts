import { expect, test } from "vitest";
import { phases, readSettings } from "./settings.ts";

test("without options three sizes are measured in all phases, each change 20 times", () => {
  const settings = readSettings({});
  expect(settings.routes).toEqual([10, 1000, 10_000]);
  expect([...settings.phases]).toEqual([...phases]);
  expect(settings.repetitions).toBe(20);
  expect([settings.listeners, settings.listenerSets]).toEqual([5000, { sets: 2500, routesPerSet: 16 }]);
  expect(settings.out).toBe("bench/results/latest.json");
});

test("sizes are measured in ascending order, once each", () => {
  expect(readSettings({ ROUTES: "1000, 10,1000" }).routes).toEqual([10, 1000]);
});

test("an option that cannot be understood is refused with its name and what is possible", () => {
  expect(() => readSettings({ PHASES: "start,bursts" })).toThrow(/PHASES has bursts; there are floor, start/);
  expect(() => readSettings({ ROUTES: "10,many" })).toThrow(/ROUTES has many/);
  expect(() => readSettings({ LISTENER_SETS: "2500" })).toThrow(/LISTENER_SETS has 2500; .* like 2500x16/);
  expect(() => readSettings({ LISTENER_SETS: "5x0" })).toThrow(/LISTENER_SETS has 0/);
  expect(() => readSettings({ REPS: "0" })).toThrow(/REPS has 0/);
});
