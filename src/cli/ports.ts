import { InvalidArgumentError } from "commander";

/** Reads a port from an option; 0 stands for a free one. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^[0-9]+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError("A port is a number from 0 (any free one) to 65535.");
  return port;
}
