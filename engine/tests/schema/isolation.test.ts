import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratchFolder } from "../server/open.ts";
import { ask, leaf } from "./ask.ts";
import { busybox, exec } from "./busybox.ts";

/** The kernel's own words for the process that a step's command is. */
const status = async (more = "") => {
  const { run } = await busybox();
  const text = String(await run(exec("cat /proc/self/status", more), "stdout"));
  return Object.fromEntries(text.split("\n").map((line) => line.split(/:\s+/u))) as Record<
    string,
    string
  >;
};

/** Numbers of the kernel's capabilities: those that Docker gives, CAP_CHOWN to CAP_SETFCAP. */
const granted = [0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31];

test("a step has the capabilities that Docker gives, and a seccomp filter", async () => {
  const { CapEff, CapPrm, CapBnd, CapInh, CapAmb, Seccomp } = await status();
  const mask = granted.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n);
  const hex = mask.toString(16).padStart(16, "0");
  expect({ CapEff, CapPrm, CapBnd, CapInh, CapAmb, Seccomp }).toEqual({
    CapEff: hex,
    CapPrm: hex,
    CapBnd: hex,
    CapInh: "0".repeat(16),
    CapAmb: "0".repeat(16),
    Seccomp: "2", // a filter
  });
});

test("only a step that asks for all capabilities has more, and no filter", async () => {
  const { CapEff = "0", Seccomp } = await status(",insecureRootCapabilities:true");
  expect(BigInt(`0x${CapEff}`) & (1n << 21n)).not.toBe(0n); // CAP_SYS_ADMIN
  expect(Seccomp).toBe("0");
});

test("each step of a session has the filter, also those for which it is not compiled again", async () => {
  const { run } = await busybox();
  const look = "grep ^Seccomp: /proc/self/status; unshare -m true 2>/dev/null || echo refused";
  const steps = [1, 2, 3].map((step) => exec(`(${look}) >> /seen; echo ${step} >> /seen`));
  const one = "Seccomp:\t2\nrefused\n";
  const seen = await run(...steps, 'file(path:"/seen")', "contents");
  expect(seen).toBe(`${one}1\n${one}2\n${one}3\n`);
});

test("what would reach out of a container is refused, though the step is root", async () => {
  const { run } = await busybox();
  const tries = {
    "a mount": "mount -t tmpfs none /mnt",
    "another mount namespace": "unshare -m true",
    "another user namespace": "unshare -U true",
    "another host name": "hostname other",
    "a disk": "mknod /sda b 8 0 && head -c 1 /sda",
    "the kernel's memory": "head -c 1 /proc/kcore",
    "the kernel's settings": "echo 1 > /proc/sys/kernel/sysrq",
    "the kernel's log": "dmesg",
    "a restart": "echo b > /proc/sysrq-trigger",
    "the root of the first process": "chroot /proc/1/root/../../../.. cat /etc/machine-id",
  };
  const script = Object.entries(tries)
    .map(([what, command]) => `if (${command}) >/dev/null 2>&1; then echo "${what}"; fi`)
    .join("; ");
  expect(await run(exec("mkdir -p /mnt"), exec(`${script}; echo end`), "stdout")).toBe("end\n");
});

test("a step sees no file, process or network of this machine", async () => {
  const marked = join(scratchFolder(), "marked-folder");
  mkdirSync(marked);
  writeFileSync(join(marked, "file"), "of this machine");
  const { run } = await busybox();
  const seen = String(
    await run(
      exec(
        `ls -d ${marked} /root /home /etc/passwd /var 2>/dev/null; ls /proc | grep -c '^[0-9]' | grep '..'; ls /sys/class/net; wc -l < /proc/net/dev; cat /proc/1/comm`,
      ),
      "stdout",
    ),
  );
  expect(seen).toBe("eth0\nlo\n4\n.init\n"); // two lines of heading in /proc/net/dev
});

test("a step sees its own secrets only, and those of another one nowhere", async () => {
  const { session, run } = await busybox();
  const secret = leaf(await ask('{setSecret(name:"s",plaintext:"only-for-one"){id}}', session));
  const given = [
    `withMountedSecret(path:"/run/secret",source:"${secret}")`,
    `withSecretVariable(name:"SECRET",secret:"${secret}")`,
  ];
  const look = "cat /run/secret; env; cat /proc/*/environ; ls -a / /run; mount";
  const [own, other] = (await Promise.all([
    run(...given, exec(`test $SECRET = only-for-one && cat /run/secret; sleep 1`), "stdout"),
    run(exec(look), "combinedOutput"),
  ])) as [string, string];
  expect(own).toBe("***");
  expect(other).not.toMatch(/only-for-one|SECRET=|\*\*\*/u);
  // Nor does the next one on the same files, once the secret is not mounted any more.
  const left = await run(
    ...given,
    exec("echo done > /made"),
    'withoutMount(path:"/run/secret")',
    'withoutSecretVariable(name:"SECRET")',
    exec(`exec 2>&1; cat /made; ${look}`),
    "combinedOutput",
  );
  expect(left).toMatch(/^done\n/u);
  expect(left).not.toMatch(/only-for-one|SECRET=|\*\*\*/u);
});
