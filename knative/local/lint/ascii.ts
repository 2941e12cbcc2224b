export const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

/** `E:vendor/…/protocol/http`: sdk-go neither encodes nor decodes, as the HTTP binding asks. */
export const nonAsciiText = (name: string): string =>
  `${name} is not ASCII: Knative sends it as raw UTF-8 and compares without decoding, so one that was ` +
  "sent percent-encoded, as CloudEvents says, differs; keep attributes ASCII";
