/** The string formats that Kubernetes enforces and our kinds use. */
import { isIPv4, isIPv6 } from "node:net";

const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Checks by format name; a format that is not listed is not checked, as in Kubernetes. */
export const FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map<string, (text: string) => boolean>([
  ["ipv4", isIPv4],
  ["ipv6", isIPv6WithoutZone],
  ["cidr", isCidr],
  ["date", (text) => isCalendarDay(DATE.exec(text))],
  ["date-time", (text) => isCalendarDay(DATE_TIME.exec(text))],
  ["byte", isByte],
  ["base64", isBase64],
  ["uuid", (text) => /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(text)],
]);

function isIPv6WithoutZone(text: string): boolean {
  return isIPv6(text) && !text.includes("%");
}

function isCidr(text: string): boolean {
  const [, address = "", prefix = ""] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const most = isIPv4(address) ? 32 : isIPv6WithoutZone(address) ? 128 : -1;
  return Number(prefix) <= most && (prefix === "0" || !prefix.startsWith("0"));
}

function isCalendarDay(match: RegExpExecArray | null): boolean {
  if (match === null) return false;
  const [, year, month, day] = match;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

/** What Kubernetes takes for bytes in custom resources: base64 in one line, and not empty. */
function isByte(text: string): boolean {
  return text !== "" && !/[\r\n]/.test(text) && isBase64(text);
}

/** What Kubernetes takes for bytes in its own kinds: standard alphabet with padding; line breaks are skipped, as Go's decoder does. */
function isBase64(text: string): boolean {
  const bare = text.includes("\n") || text.includes("\r") ? text.replace(/[\r\n]/g, "") : text;
  return bare.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(bare);
}
