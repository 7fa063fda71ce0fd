/**
 * Our validation against Kubernetes' own code: for each kind random documents, valid and broken ones. Verdict, defaulted object and broken
 * rules must be the same. Run with `npx vitest run --config test/judge/vitest.config.ts`; needs Go and its module proxy.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { registry } from "../../src/features/kinds.ts";
import { rulesFor } from "../../src/schema/check-rules.ts";
import { toCRD } from "../../src/schema/crd.ts";
import { finished, formatPath, ISSUE_CODES, type Issue, type IssueSink } from "../../src/schema/issue.ts";
import type { KindSchema } from "../../src/schema/kind.ts";
import type { Json, Structural } from "../../src/schema/structural.ts";
import { checkFor } from "../../src/schema/structure.ts";
import { documentFor } from "../../src/schema/testing/documents.ts";
import { parseDocument } from "../../src/schema/yaml.ts";
import { Judge, type Problem, whyNoJudge } from "./judge.ts";

const reason = whyNoJudge();
if (reason !== undefined) process.stdout.write(`judge: skipped: ${reason}\n`);

/** The kinds that are custom resources; Kubernetes' own are validated by other code there. */
const kinds: readonly KindSchema[] = registry.kinds.filter(({ group }) =>
  /^gateway\.(networking\.k8s|envoyproxy)\.io$/.test(group),
);
const documents = Number(process.env.JUDGE_DOCUMENTS ?? 150);

describe.skipIf(reason !== undefined)("Kubernetes agrees", () => {
  let judge: Judge;
  beforeAll(() => {
    judge = new Judge();
  }, 600_000);
  afterAll(() => judge.stop());

  test.each(kinds.map((kind): [string, KindSchema] => [kind.kind, kind]))(
    "%s: verdict, defaulted object and broken rules are the same",
    async (name, kind) => {
      const approved = { "api-approved.kubernetes.io": "https://example.com/approval" };
      expect((await judge.learn(toCRD(kind, approved))).errors).toEqual([]);
      for (let seed = 0; seed < documents; seed++) {
        const raw = documentFor(withHeader(kind), seed * 7919, {
          dirt: seed % 3 === 0 ? 0.02 : 0.002,
          size: 30 + (seed % 5) * 30,
        });
        if (typeof raw !== "object" || raw === null || Array.isArray(raw)) continue;
        const theirs = await judge.judge(name, raw);
        const ours = check(kind, raw);
        const context = `seed ${seed}: ${JSON.stringify(raw)}\nours: ${JSON.stringify(ours.errors)}\ntheirs: ${JSON.stringify(theirs.errors)}`;
        expect(ours.errors.length === 0, context).toBe(theirs.errors.length === 0);
        if (ours.errors.some((issue) => issue.code === "WrongType")) continue;
        expect(ours.object, context).toEqual(theirs.object);
        if (ours.errors.every(isAboutRule))
          expect(ours.errors.map(ruleText).sort(), context).toEqual(theirs.errors.map(problemText).sort());
      }
    },
    600_000,
  );

  test.each([
    ..."on y Yes OFF n True tRue yEs 017 0o17 09 018 0x1F 0b11 -0b11 1_000 1__0 +1 -017 _1 1_ 1:20 1.50 .5 5. 1e3 80.0 1.2.3 . ~ Null".split(
      " ",
    ),
    ..."2020-01-01 'on' 0 -0 00 1e 0x 0b2 0o8 9007199254740991 a#b 0x_1 1_000.5 _ 01.5 1.e3 0e0 12e03 0o_7 08.5 Infinity NaN".split(
      " ",
    ),
    "!!str 1",
    "!!binary aGVsbG8=",
    "[1,,2]",
    ">-\n  x\n\n  y",
  ])("the YAML value %s is read alike", async (scalar) => {
    const text = `a: ${scalar}\n`;
    const theirs = await judge.readYAML(text);
    const ours = parseDocument(text);
    expect(ours.isOk).toBe(theirs.errors.length === 0);
    if (ours.isOk) expect(ours.value).toEqual(theirs.object);
  });
});

/** The schema of a kind's objects with a header that is right: what is wrong with that is told elsewhere. */
function withHeader(kind: KindSchema): Structural {
  const metadata: Structural = {
    type: "object",
    properties: { name: { type: "string", enum: ["n"] } },
    required: ["name"],
  };
  const header = {
    apiVersion: { type: "string", enum: ["g/v1"] },
    kind: { type: "string", enum: [kind.kind] },
    metadata,
  } as const;
  return {
    ...kind.schema,
    properties: { ...kind.schema.properties, ...header },
    required: [...(kind.schema.required ?? []), ...Object.keys(header)],
  };
}

function check(kind: KindSchema, raw: Json): { readonly object: unknown; readonly errors: readonly Issue[] } {
  const schema = storageSchema(kind);
  const sink: IssueSink = [];
  const object = checkFor(schema, "resource")(raw, sink);
  if (!sink.some(({ code }) => ISSUE_CODES[code].blocking)) rulesFor(schema, true)?.(object, sink);
  return { object, errors: finished(sink).filter(({ severity }) => severity === "error") };
}

function storageSchema(kind: KindSchema): Structural {
  return kind.versions.find(({ storage }) => storage)?.schema ?? kind.schema;
}

function isAboutRule(issue: Issue): boolean {
  return issue.code === "RuleFailed" || issue.code === "RuleError";
}

function ruleText(issue: Issue): string {
  return `${formatPath(issue.path)}: ${issue.message.trim()}`;
}

/** Kubernetes writes keys of maps in plain brackets. */
function problemText(problem: Problem): string {
  const path = problem.path === "<nil>" ? "" : problem.path;
  return `${path.replace(/\[([A-Za-z_$][\w$-]*)\]/g, ".$1").replace(/\[([A-Za-z][^\]]*)\]/g, '["$1"]')}: ${problem.detail.trim()}`;
}
