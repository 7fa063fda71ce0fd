/** A Kubernetes label selector; an empty one matches everything. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?: readonly LabelRequirement[] | undefined;
}

export interface LabelRequirement {
  readonly key: string;
  /** `In`, `NotIn`, `Exists` or `DoesNotExist`. */
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}

type Labels = Readonly<Record<string, string>>;

const operators: Readonly<Record<string, (value: string | undefined, values: readonly string[]) => boolean>> = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
};

/** True when the selector is well-formed: known operators, values where they are needed and nowhere else. */
export function isValidSelector(selector: LabelSelector): boolean {
  return (selector.matchExpressions ?? []).every(({ operator, values }) => {
    const needsValues = operator === "In" || operator === "NotIn";
    return operators[operator] !== undefined && needsValues === Boolean(values?.length);
  });
}

/** True when all labels and expressions of the selector hold. An ill-formed selector matches nothing. */
export function matchesSelector(selector: LabelSelector, labels: Labels): boolean {
  if (!isValidSelector(selector)) return false;
  const labelsHold = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    labelsHold &&
    (selector.matchExpressions ?? []).every(
      ({ key, operator, values }) => operators[operator]?.(labels[key], values ?? []) === true,
    )
  );
}
