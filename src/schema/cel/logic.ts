/** `&&`, `||`, `!` and the conditional, with their rule that an error counts only where the other side does not decide. */

import type { Node } from "./node.ts";
import { BOOL, type CelType, common, DYN } from "./types.ts";
import { noSuchOverload } from "./values.ts";

/** `left && right`: false as soon as one side is, even if the other has no value. */
export function and(left: Node, right: Node): Node {
  return shortCircuit(strict(left), strict(right), false);
}

/** `left || right`: true as soon as one side is, even if the other has no value. */
export function or(left: Node, right: Node): Node {
  return shortCircuit(strict(left), strict(right), true);
}

export function not(node: Node): Node {
  const { run, isTotal } = strict(node);
  return { type: BOOL, isTotal, run: (frame) => !run(frame) };
}

export function conditional(test: Node, yes: Node, no: Node): Node {
  const type: CelType = common([yes.type, no.type]);
  const { run, isTotal } = strict(test);
  const [yesRun, noRun] = [yes.run, no.run];
  return {
    type,
    isTotal: isTotal && yes.isTotal && no.isTotal,
    run: (frame) => (run(frame) ? yesRun(frame) : noRun(frame)),
  };
}

function shortCircuit(left: Node, right: Node, decisive: boolean): Node {
  const [first, second] = [left.run, right.run];
  const isTotal = left.isTotal && right.isTotal;
  if (left.isTotal) {
    return {
      type: BOOL,
      isTotal,
      run: decisive ? (frame) => first(frame) || second(frame) : (frame) => first(frame) && second(frame),
    };
  }
  return {
    type: BOOL,
    isTotal,
    run: (frame) => {
      let value: unknown;
      try {
        value = first(frame);
      } catch (error) {
        if (decides(second, frame, decisive)) return decisive;
        throw error;
      }
      return value === decisive ? decisive : second(frame);
    },
  };
}

function decides(run: Node["run"], frame: unknown[], decisive: boolean): boolean {
  try {
    return run(frame) === decisive;
  } catch {
    return false; // the left side's error is the one to tell
  }
}

/** A node that yields truth values only; what is known only at run time is checked there. */
export function strict(node: Node): Node {
  if (node.type.kind !== "dyn") return node;
  const { run } = node;
  return {
    type: DYN,
    isTotal: false,
    run: (frame) => {
      const value = run(frame);
      if (typeof value !== "boolean") throw noSuchOverload();
      return value;
    },
  };
}
