import type { RequestOptions } from "node:https";

/** What a request needs to be let in, for this moment. */
export type Credentials = {
  headers: Readonly<Record<string, string>>;
  /** TLS settings (ca, cert, key, servername, agent) for node:https. */
  tls: RequestOptions;
};

/** Where the API is, and how to log in there. */
export type Login = {
  /** With the port, without a slash at the end. */
  server: URL;
  namespace: string;
  /** `isRefused`: the last ones were answered with 401. */
  credentials: (isRefused: boolean) => Promise<Credentials>;
};
