interface User {
  readonly account: string | undefined;
  readonly look: () => void;
}

/**
 * Which fleets' pods have which ServiceAccount: an EnvoyProxy may name one for several of them. It is kept by one that uses it, and goes with
 * the last one.
 */
export class AccountUsers {
  readonly #users = new Map<string, User>();
  readonly #byAccount = new Map<string, Set<string>>();

  /**
   * A fleet, by its ownership, uses an account (`namespace/name`), or none any more. `look` makes the fleet compare what there is. Those that
   * share the account that it used before look at once: one of them has to keep it from now on.
   */
  use(ownership: string, account: string | undefined, look: () => void): void {
    const former = this.#users.get(ownership)?.account;
    this.#users.set(ownership, { account, look });
    if (former === account) return;
    this.#leave(ownership, former);
    if (account === undefined) return;
    const users = this.#byAccount.get(account) ?? new Set<string>();
    this.#byAccount.set(account, users.add(ownership));
  }

  forget(ownership: string): void {
    const former = this.#users.get(ownership)?.account;
    this.#users.delete(ownership);
    this.#leave(ownership, former);
  }

  isUsedBy(ownership: string, account: string): boolean {
    return this.#byAccount.get(account)?.has(ownership) === true;
  }

  /** Whether any other fleet uses it. */
  isShared(account: string, ownership: string): boolean {
    const users = this.#byAccount.get(account);
    return users !== undefined && users.size > (users.has(ownership) ? 1 : 0);
  }

  /** Something that the fleet had is another one's now. */
  look(ownership: string): void {
    this.#users.get(ownership)?.look();
  }

  #leave(ownership: string, account: string | undefined): void {
    const users = account === undefined ? undefined : this.#byAccount.get(account);
    if (account === undefined || !users) return;
    users.delete(ownership);
    if (users.size === 0) this.#byAccount.delete(account);
    for (const other of [...users].sort()) this.look(other);
  }
}
