import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { Script } from "node:vm";
import type typescript from "typescript";
import { scanRequest } from "./scan-request.ts";

/**
 * The TypeScript compiler as the SDK's scanner sees it, made to start quickly: its code comes with
 * V8's compiled form from the last time, and a program has the language's own library and the
 * SDK's types only, whose comments nobody reads.
 */
const request = scanRequest();
const ts = load(request.typescript, `${request.typescriptCache}`);

export default {
  ...ts,
  createProgram(files: string[], options: typescript.CompilerOptions): typescript.Program {
    const own = new Set(files);
    const lean: typescript.CompilerOptions = {
      ...options,
      lib: ["lib.es2022.d.ts"],
      types: [],
      paths: {
        "@dagger.io/dagger": [request.sdkTypes],
        "@dagger.io/dagger/telemetry": [request.sdkTypes],
      },
    };
    const host = ts.createCompilerHost(lean);
    host.getSourceFile = (name, language) => {
      const text = ts.sys.readFile(name);
      if (text === undefined) return undefined;
      const { ParseAll, ParseNone } = ts.JSDocParsingMode;
      const languageVersion = typeof language === "object" ? language.languageVersion : language;
      return ts.createSourceFile(name, text, {
        languageVersion,
        jsDocParsingMode: own.has(name) ? ParseAll : ParseNone,
      });
    };
    return ts.createProgram(files, lean, host);
  },
};

function load(file: string, cache: string): typeof typescript {
  const code = readFileSync(file, "utf8");
  const cachedData = existsSync(cache) ? readFileSync(cache) : undefined;
  const script = new Script(
    `(function (exports, require, module, __filename, __dirname) {${code}\n})`,
    { filename: file, ...(cachedData ? { cachedData } : {}) },
  );
  const loaded = { exports: {} };
  script.runInThisContext()(loaded.exports, createRequire(file), loaded, file, dirname(file));
  if (!cachedData || script.cachedDataRejected) {
    // Taken at the end, when the functions that a scan needs have been compiled.
    process.once("exit", () => {
      const draft = `${cache}.${process.pid}`;
      writeFileSync(draft, script.createCachedData());
      renameSync(draft, cache);
    });
  }
  return loaded.exports as typeof typescript;
}
