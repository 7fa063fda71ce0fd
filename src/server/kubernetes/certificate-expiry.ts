import { join } from "node:path";
import { type FollowedFile, followFile } from "../../certificates/follow-file.ts";
import { parseBundle } from "../../certificates/inspect.ts";

export interface CertificateExpiryOptions {
  /** Holds the control plane's `tls.crt` and `ca.crt`. */
  readonly directory: string;
  readonly clock: () => Date;
  /** Told at the start and whenever the files change. */
  readonly onExpiry: (expiry: Date) => void;
  /** Told at the start, at a change and once a day while the time left is short, or there is none. */
  readonly onNear: (expiry: Date) => void;
}

const dayMs = 86_400_000;
/** Certificates that a tool renews are renewed before so little is left. */
const nearMs = 30 * dayMs;

/**
 * Watches when the certificate of the control plane, or the last authority it trusts, runs out: from then on no Envoy can connect, and in a
 * cluster nobody but an operator, or a tool of theirs, renews it.
 */
export class CertificateExpiry {
  readonly #options: CertificateExpiryOptions;
  readonly #certificate: FollowedFile;
  readonly #authorities: FollowedFile;
  readonly #daily: NodeJS.Timeout;

  /** Throws when a file cannot be read. */
  constructor(options: CertificateExpiryOptions) {
    this.#options = options;
    const follow = (file: string): FollowedFile =>
      followFile(
        join(options.directory, file),
        () => this.#look(),
        (text) => parseBundle(text).length > 0,
      );
    this.#certificate = follow("tls.crt");
    this.#authorities = follow("ca.crt");
    this.#daily = setInterval(() => this.#look(), dayMs).unref();
    this.#look();
  }

  close(): void {
    clearInterval(this.#daily);
    this.#certificate.close();
    this.#authorities.close();
  }

  #look(): void {
    const { clock, onExpiry, onNear } = this.#options;
    const [own] = endsOf(this.#certificate.text);
    const authorities = endsOf(this.#authorities.text);
    // A former authority may stand beside the present one, which is the last to run out.
    const expiry = new Date(Math.min(own ?? 0, Math.max(0, ...authorities)));
    onExpiry(expiry);
    if (expiry.getTime() - clock().getTime() < nearMs) onNear(expiry);
  }
}

function endsOf(pem: string): number[] {
  return parseBundle(pem).map(({ validToDate }) => validToDate.getTime());
}
