/** A kind as the API server's paths name it. */
export interface KubeResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Lower-case plural, e.g. `httproutes`. */
  readonly plural: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
}

/** A place below the API server's root. */
export interface ResourcePlace {
  /** Absent for kinds without namespaces, and for all namespaces at once. */
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** E.g. `status`. */
  readonly subresource?: string | undefined;
}

/** `v1` or `apps/v1`. */
export function apiVersionOf({ group, version }: Pick<KubeResource, "group" | "version">): string {
  return group === "" ? version : `${group}/${version}`;
}

/** Path of a collection, an object or one of its subresources, e.g. `/apis/apps/v1/namespaces/default/deployments/web`. */
export function pathOf(resource: KubeResource, { namespace, name, subresource }: ResourcePlace = {}): string {
  const { group, version, plural, isNamespaced } = resource;
  const parts = [
    ...(group === "" ? ["api", version] : ["apis", group, version]),
    ...(isNamespaced && namespace !== undefined ? ["namespaces", namespace] : []),
    plural,
    ...(name === undefined ? [] : [name]),
    ...(subresource === undefined ? [] : [subresource]),
  ];
  return `/${parts.map(encodeURIComponent).join("/")}`;
}
