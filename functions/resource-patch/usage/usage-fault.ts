/** Why usage could not be read. Its message is a sentence for the record of the decision. */
export class UsageFault extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UsageFault";
  }
}
