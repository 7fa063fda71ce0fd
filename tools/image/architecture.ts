/** This machine's architecture as images call it (Go's names). */
export const architecture: string = process.arch === "x64" ? "amd64" : process.arch;
