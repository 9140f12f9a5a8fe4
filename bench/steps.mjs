import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { galley, middle } from "./galley.mjs";

const program = fileURLToPath(new URL("session.mjs", import.meta.url));

async function inSession(queries, options) {
  const { stdout, memory } = await galley(["run", process.execPath, program, ...queries], options);
  return { times: JSON.parse(stdout), memory };
}

/** A chain of `true`, as one query. */
function chain(length, seed) {
  const steps = Array.from({ length }, () => 'withExec(args:["true"]){').join("");
  return `{container{from(address:"alpine:3"){withEnvVariable(name:"SEED",value:"${seed}"){${steps}sync${"}".repeat(length + 4)}`;
}

/** One step in a chain of 50, new and kept, and the engine's memory meanwhile. */
export async function steps(options, runs) {
  const fresh = [];
  const kept = [];
  let memory = 0;
  await inSession([chain(1, "first")], options);
  for (let run = 0; run < runs; run++) {
    const seed = randomUUID();
    // The image is resolved before, so that only steps are measured.
    const { times, memory: peak } = await inSession([chain(1, seed), chain(51, seed)], options);
    fresh.push(times[1] / 50);
    memory = Math.max(memory, peak);
    const again = await inSession([chain(1, "first"), chain(51, seed)], options);
    kept.push(again.times[1] / 50);
  }
  return { fresh: middle(fresh), kept: middle(kept), memory };
}

/** Ten chains of a hundred steps, each of which leaves a file, as one query. */
function thousandSteps(seed) {
  const step = (number) => `withExec(args:["sh","-c","echo ${number} > /f${number}"]){`;
  const chains = Array.from({ length: 10 }, (_, number) => {
    const steps = Array.from({ length: 100 }, (_, each) => step(each)).join("");
    return `c${number}:container{from(address:"alpine:3"){withEnvVariable(name:"SEED",value:"${seed}${number}"){${steps}sync${"}".repeat(103)}`;
  });
  return `{${chains.join(" ")}}`;
}

/** A graph of 1,000 steps, new and kept, once: milliseconds a step, and the engine's memory in MB. */
export async function thousand(options) {
  const query = thousandSteps(randomUUID());
  const fresh = await inSession([chain(1, "first"), query], options);
  const kept = await inSession([chain(1, "first"), query], options);
  return {
    fresh: fresh.times[1] / 1000,
    kept: kept.times[1] / 1000,
    memory: fresh.memory,
    keptMemory: kept.memory,
  };
}

/** A file read out of a layer of 5,000 files and 50 MB that an earlier session has kept. */
export async function restoredLayer(options, runs) {
  const script =
    "mkdir /many; for i in $(seq 5000); do echo $i > /many/$i; done; head -c 50000000 /dev/zero > /large";
  const query = `{container{from(address:"alpine:3"){withExec(args:["sh","-c","${script}"]){withNewFile(path:"/more",contents:""){file(path:"/many/77"){contents}}}}}}`;
  await inSession([query], options);
  const times = [];
  for (let run = 0; run < runs; run++) {
    times.push((await inSession(["{version}", query], options)).times[1]);
  }
  return middle(times);
}

/** A host folder of 5,000 files of 2 KiB read: new, with one of them changed, and unchanged. */
export async function hostFolder(folder, options, runs) {
  const query = `{host{directory(path:${JSON.stringify(folder)}){digest}}}`;
  const read = async () => (await inSession(["{version}", query], options)).times[1];
  const fresh = [];
  const changed = [];
  const unchanged = [];
  for (let run = 0; run < runs; run++) {
    for (let file = 0; file < 5000; file++) {
      const parent = join(folder, `d${file % 50}`);
      if (file < 50) mkdirSync(parent, { recursive: true });
      writeFileSync(join(parent, `f${file}`), `${randomUUID()}${"x".repeat(2012)}`);
    }
    fresh.push(await read());
    writeFileSync(join(folder, "d7/f7"), randomUUID());
    changed.push(await read());
    unchanged.push(await read());
  }
  return { fresh: middle(fresh), changed: middle(changed), unchanged: middle(unchanged) };
}
