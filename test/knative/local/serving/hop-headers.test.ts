import assert from "node:assert/strict";
import { endToEndHeaders } from "../../../../knative/local/serving/hop-headers.ts";

describe("endToEndHeaders", () => {
  it("keeps order, spelling and doubles, and drops those of the connection", () => {
    const raw = ["Set-Cookie", "a", "Connection", "X-One, close", "x-one", "1", "set-cookie", "b"];
    assert.deepEqual(endToEndHeaders([...raw, "Upgrade", "h2c", "Via", "x"], ["via"]), [
      "Set-Cookie",
      "a",
      "set-cookie",
      "b",
    ]);
  });
});
