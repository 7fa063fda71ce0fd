/** Shares of requests, as Envoy knows them: whole parts of 100, 10,000 or 1,000,000. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { RuntimeFractionalPercentSchema } from "../../../gen/envoy/config/core/v3/base_pb.js";
import { FractionalPercent_DenominatorType as Denominator } from "../../../gen/envoy/type/v3/percent_pb.js";

const MILLION = 1_000_000;

/** `numerator` of `denominator`: exact where the denominator divides a million, else rounded to a millionth. */
export function share(numerator: number, denominator: number): MessageInitShape<typeof RuntimeFractionalPercentSchema> {
  return denominator === 100
    ? { defaultValue: { numerator, denominator: Denominator.HUNDRED } }
    : {
        defaultValue: { numerator: Math.round((numerator * MILLION) / denominator), denominator: Denominator.MILLION },
      };
}

/** Like {@link share}, always in millionths: shares that are compared with each other need one denominator. */
export function millionths(
  numerator: number,
  denominator: number,
): MessageInitShape<typeof RuntimeFractionalPercentSchema> {
  return {
    defaultValue: { numerator: Math.round((numerator * MILLION) / denominator), denominator: Denominator.MILLION },
  };
}
