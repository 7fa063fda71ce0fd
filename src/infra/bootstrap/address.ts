/** Host and port of something, e.g. `{ host: "127.0.0.1", port: 18000 }`. IPv6 hosts are written without brackets. */
export interface Address {
  readonly host: string;
  readonly port: number;
}
