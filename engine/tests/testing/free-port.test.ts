import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort } from "../../src/testing/free-port.ts";

test("a free port is one that can be listened on, and that no system gives to whoever asks for any", async () => {
  const port = await freePort();
  expect(port).toBeLessThan(32_768);
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  server.close();
});
