import { connect, createServer } from "node:tls";
import { readFilesTogether } from "./files.ts";
import { type CertificateName, certificateDirectory, certificateFileNames } from "./layout.ts";

/** Connects as `client` to a server that is `server`, each trusting its own ca.crt and nothing else. Throws when either refuses. */
export async function handshake(configHome: string, client: CertificateName, server: CertificateName): Promise<void> {
  const options = async (name: CertificateName) => {
    const files = await readFilesTogether(certificateDirectory(configHome, name), certificateFileNames);
    return { ca: files["ca.crt"], cert: files["tls.crt"], key: files["tls.key"] };
  };
  const listener = createServer(
    { ...(await options(server)), requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.3" },
    (socket) => socket.end("welcome"),
  );
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  if (typeof address !== "object" || !address) throw new Error("no address");
  const clientOptions = await options(client);
  try {
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ ...clientOptions, port: address.port, host: "127.0.0.1", servername: "localhost" });
      socket.once("data", () => resolve());
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("closed")));
    });
  } finally {
    listener.close();
  }
}
