// The demo's query cache, which keeps what TanStack Query keeps of its queries, under the adapter that is for both.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Change } from "../tags.js";
import { tanstack } from "../tanstack.js";

// Not of this package, so that Node would take the file itself for CommonJS.
const file = new URL("../../../Sources/FreshetCommand/Demo/Application/cache.js", import.meta.url);
const { QueryClient } = await import(`data:text/javascript,${encodeURIComponent(readFileSync(file, "utf8"))}`);

/** A query whose fetches the test answers by hand. */
function make() {
  const [answers, shown] = [[], []];
  const cache = new QueryClient();
  const query = cache.add({
    queryKey: ["todos"],
    meta: { tags: [["todos"]] },
    queryFn: () => new Promise((resolve, reject) => answers.push({ resolve, reject })),
    onData: (data) => shown.push(data),
    onError: (error) => shown.push(error.message),
  });
  const adapter = tanstack(cache);
  return { query, answers, shown, tell: (...tags) => adapter(new Change().add(tags)) };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test("what goes stale while it fetches is fetched by one after it", async () => {
  const { query, answers, shown, tell } = make();
  query.refresh();
  for (const tag of ["todos", "todos", "other"]) tell([tag]);
  answers[0].resolve("a");
  await settled();
  answers[1].resolve("b");
  await settled();
  assert.equal(answers.length, 2);
  assert.deepEqual(shown, ["a", "b"]);
});

test("inactive, it is marked, and fetches when it is active again", async () => {
  const { query, answers, shown, tell } = make();
  query.isActive = false;
  assert.equal(tell(["todos"]), 1);
  assert.equal(answers.length, 0);
  query.isActive = true;
  query.refresh();
  answers[0].resolve("a");
  await settled();
  assert.deepEqual(shown, ["a"]);
  assert.equal(query.isStale, false);
});

test("what it fetched for somebody who has left is not shown", async () => {
  const { query, answers, shown } = make();
  query.refresh();
  query.clear();
  answers[0].resolve("a");
  await settled();
  assert.deepEqual(shown, []);
  assert.equal(query.data, undefined);
  assert.equal(query.isStale, true);
});

test("a fetch that fails leaves it stale, and is tried once more for what came meanwhile", async () => {
  const { query, answers, shown, tell } = make();
  query.refresh();
  tell(["todos"]);
  for (const [number, text] of ["x", "y"].entries()) {
    answers[number].reject(Error(text));
    await settled();
  }
  assert.equal(query.isStale, true);
  query.refresh();
  answers[2].resolve("a");
  await settled();
  assert.equal(answers.length, 3);
  assert.deepEqual(shown, ["x", "y", "a"]);
});

test("the answer to a write stands where nothing was fetched meanwhile", async () => {
  const { query, answers, shown } = make();
  query.refresh();
  answers[0].resolve("a");
  await settled();
  query.update(query.fetches, (data) => `${data}+`);
  await settled();
  assert.equal(answers.length, 1);
  assert.deepEqual(shown, ["a", "a+"]);
});

test("the answer to a write gives way to a fetch that has begun since, and so may be newer", async () => {
  const { query, answers, shown, tell } = make();
  const answer = async (number, data) => {
    answers[number].resolve(data);
    await settled();
  };
  query.refresh();
  await answer(0, "a");
  const { fetches } = query;
  tell(["todos"]);
  await answer(1, "b");
  query.update(fetches, (data) => `${data}+`);
  await answer(2, "c");
  tell(["todos"]);
  query.update(query.fetches, (data) => `${data}+`);
  await answer(3, "d");
  await answer(4, "e");
  assert.equal(answers.length, 5);
  assert.deepEqual(shown, ["a", "b", "c", "d", "e"]);
});
