import { registry } from "../../features/kinds.ts";
import type { ObjectChange } from "../../sources/source.ts";
import { defaultTranslationOptions, type TranslationOptions } from "../../translate/options.ts";
import { Translation, type TranslationChanges } from "../../translate/translation.ts";

/** Settings of a translation without a server: every feature is on, since nobody can turn one on. */
export function offlineOptions(given: Partial<TranslationOptions>): TranslationOptions {
  return {
    ...defaultTranslationOptions,
    extensionApis: {
      ...defaultTranslationOptions.extensionApis,
      enableBackend: true,
      enableEnvoyPatchPolicy: true,
      enableLua: true,
    },
    ...given,
  };
}

/** Translates objects once. */
export function translateOnce(
  objects: readonly ObjectChange[],
  options: TranslationOptions,
): { readonly translation: Translation; readonly changes: TranslationChanges } {
  const translation = new Translation(
    options,
    registry.kinds.map(({ kind }) => kind),
  );
  for (const { kind, key, object } of objects) translation.write(kind, key, object);
  return { translation, changes: translation.commit() };
}
