import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const options = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext"];
const hasCompiler = spawnSync("tsc", ["--version"]).status === 0;

test("what a page writes compiles with the types, and what it must not write does not", { skip: !hasCompiler }, () => {
  const page = fileURLToPath(new URL("types/page.ts", import.meta.url));
  const { status, stdout } = spawnSync("tsc", [...options, "--lib", "es2022,dom", page], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
});
