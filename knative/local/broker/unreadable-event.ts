/** Says that it is an event and can't be read as one. The message is for the sender. */
export class UnreadableEvent extends Error {
  override readonly name = "UnreadableEvent";
}
