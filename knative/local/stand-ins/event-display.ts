import { createServer, type IncomingMessage } from "node:http";

/**
 * Stands for Knative's `event_display`: prints every event, in its form, and answers nothing. On
 * stderr, which the terminal shows.
 */
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    process.stderr.write(`${shown(request, Buffer.concat(chunks))}\n`);
    response.end();
  });
});
server.listen(Number(process.env["PORT"] ?? 8080));
process.once("SIGTERM", () => server.close(() => process.exit(0)));

const CORE = ["specversion", "type", "source", "subject", "id", "time", "dataschema"];

function shown({ headers }: IncomingMessage, body: Buffer): string {
  const contentType = headers["content-type"] ?? "";
  if (contentType.startsWith("application/cloudevents+json")) return shownStructured(body);
  const attributes = Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith("ce-") ? [[name.slice(3), decoded(String(value))]] : [],
    ),
  );
  if (contentType !== "") attributes["datacontenttype"] = contentType;
  return text(attributes, body.toString());
}

function shownStructured(body: Buffer): string {
  try {
    const {
      data,
      data_base64: bytes,
      ...attributes
    } = JSON.parse(body.toString()) as Record<string, unknown>;
    const given = data === undefined ? bytes : data;
    return text(attributes, typeof given === "string" ? given : JSON.stringify(given ?? ""));
  } catch {
    return `no event: ${body.subarray(0, 200).toString()}`;
  }
}

function text(attributes: Readonly<Record<string, unknown>>, data: string): string {
  const known = [...CORE, "datacontenttype"];
  const lines = (names: readonly string[]) =>
    names
      .filter((name) => attributes[name] !== undefined)
      .map((name) => `  ${name}: ${String(attributes[name])}`);
  const others = Object.keys(attributes).filter((name) => !known.includes(name));
  return [
    "☁️  cloudevents.Event",
    "Context Attributes,",
    ...lines(known),
    ...(others.length === 0 ? [] : ["Extensions,", ...lines(others.toSorted())]),
    ...(data === "" ? [] : ["Data,", indented(data)]),
  ].join("\n");
}

function indented(data: string): string {
  let whole = data;
  try {
    whole = JSON.stringify(JSON.parse(data), null, 2);
  } catch {
    // It is no JSON, and shown as it is.
  }
  return whole.replaceAll(/^/gm, "  ");
}

/** Header values are percent-encoded. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
