/** A reason why a server cannot start that its user can do something about; the message is one sentence or two. */
export class StartError extends Error {
  override readonly name = "StartError";
}
