import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

/** A module and all that it imports at once; what is imported later, when it is needed, is not counted. */
function closure(name, found = new Map()) {
  if (found.has(name)) return found;
  const text = readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
  found.set(name, text);
  for (const [, next] of text.matchAll(/^(?:import|export) .*?from "\.\/([^"]+)"/gm)) closure(next, found);
  return found;
}

test("what a page loads of the client is under 6 KB gzipped, file by file", () => {
  const files = closure("client.js");
  assert.ok(files.has("share.js") && files.has("tags.js"));
  const bytes = [...files.values()].reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0);
  assert.ok(bytes < 6 * 1024, `${bytes} bytes`);
});

test("the client depends on nothing but itself", () => {
  for (const root of ["client.js", "worker.js", "debug.js", "tanstack.js", "swr.js", "apollo.js", "rtk-query.js"]) {
    for (const text of closure(root).values()) assert.doesNotMatch(text, /from "[^.]/);
  }
});
