import { connect } from "node:tls";
import { type Answer, failed, readAnswer } from "./answer.ts";

/** An answer, and the serial number of the certificate that it came with: upper-case hexadecimal, absent without a handshake. */
export interface TlsAnswer extends Answer {
  readonly serialNumber?: string;
}

/** One HTTPS request over a connection of its own, with the host as server name. Any certificate will do. Never rejects. */
export function tlsProbe(port: number, host: string, timeoutMs = 5_000): Promise<TlsAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, servername: host, rejectUnauthorized: false });
    let received = "";
    let serialNumber: string | undefined;
    const end = (answer: Answer): void => {
      socket.destroy();
      resolve({ ...answer, ...(serialNumber !== undefined && { serialNumber }) });
    };
    socket.setTimeout(timeoutMs, () => end(failed("timeout")));
    socket.on("secureConnect", () => {
      serialNumber = socket.getPeerCertificate().serialNumber;
      socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`, "latin1");
    });
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      const read = readAnswer(received);
      if (read !== undefined) end(read.answer);
    });
    socket.on("error", (error: NodeJS.ErrnoException) =>
      end(failed(error.code === "ECONNREFUSED" ? "refused" : "reset")),
    );
    socket.on("end", () => end(failed("reset")));
  });
}
