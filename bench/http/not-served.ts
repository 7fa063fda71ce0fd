import { Connection, type Endpoint } from "./connection.ts";

/** Connections that look whether all are served: kept ones, so that looking at a thousand takes a fraction of a second. */
const connections = 8;

/** Those hostnames that do not answer 200. */
export async function notServed(at: Endpoint, hostnames: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  const left = [...hostnames];
  const ask = async (): Promise<void> => {
    let connection = new Connection(at);
    for (let hostname = left.pop(); hostname !== undefined; hostname = left.pop()) {
      if (!connection.isOpen) connection = new Connection(at);
      if ((await connection.request(hostname, "/")).status !== 200) missing.push(hostname);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: Math.min(connections, hostnames.length) }, ask));
  return missing;
}
