import { connect, type Socket } from "node:net";
import { type Answer, failed, readAnswer } from "./answer.ts";

/** Where requests go: a port of 127.0.0.1, or of another address. */
export type Endpoint = number | { readonly address: string; readonly port: number };

/** A connection that stays open between requests; one request at a time. */
export class Connection {
  readonly #socket: Socket;
  readonly #opened = Promise.withResolvers<boolean>();
  #received = "";
  #isRefused = false;
  #waiting: ((answer: Answer) => void) | undefined;
  /** False when the connection is gone, or the other side has said that it takes no more requests. */
  isOpen = true;
  /** Requests answered so far. */
  answers = 0;

  constructor(endpoint: Endpoint) {
    const { address, port } = typeof endpoint === "number" ? { address: "127.0.0.1", port: endpoint } : endpoint;
    this.#socket = connect({ host: address, port, noDelay: true });
    this.#socket.on("connect", () => this.#opened.resolve(true));
    this.#socket.on("data", (chunk) => this.#receive(chunk));
    this.#socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#isRefused = error.code === "ECONNREFUSED";
    });
    this.#socket.on("end", () => this.#end(failed("reset")));
    this.#socket.on("close", () => this.#end(failed(this.#isRefused ? "refused" : "reset")));
  }

  /** Resolves when the connection stands (true) or cannot be made. */
  get opened(): Promise<boolean> {
    return this.#opened.promise;
  }

  /** Sends a GET request. Never rejects: see {@link failed}. After a timeout the connection is of no more use. */
  request(host: string, path: string, timeoutMs = 5_000): Promise<Answer> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#end(failed("timeout")), timeoutMs);
      this.#waiting = (answer) => {
        clearTimeout(timer);
        resolve(answer);
      };
      if (this.isOpen) this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, "latin1");
      else this.#end(failed(this.#isRefused ? "refused" : "reset"));
    });
  }

  /** Ends the connection at once, with a reset: thousands of them would else wait on in TIME_WAIT and use up all ports. */
  close(): void {
    this.isOpen = false;
    if (this.#socket.connecting) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  #receive(chunk: Buffer): void {
    this.#received += chunk.toString("latin1");
    const read = readAnswer(this.#received);
    if (read === undefined) return;
    this.#received = this.#received.slice(read.length);
    this.answers++;
    if (read.answer.closes) this.isOpen = false;
    this.#answer(read.answer);
  }

  #end(answer: Answer): void {
    if (this.isOpen) this.close();
    this.#opened.resolve(false);
    this.#answer(answer);
  }

  #answer(answer: Answer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(answer);
  }
}
