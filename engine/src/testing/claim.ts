import { createServer } from "node:net";

/**
 * Takes a name of this machine for this process, when nobody has it: the kernel takes it back when the
 * process ends, however that ends.
 */
export function claim(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().unref();
    server.once("error", () => resolve(false));
    server.listen(`\0galley/${name}`, () => resolve(true));
  });
}
