// Each adapter against a stand-in with the shape of its library's own call.

import assert from "node:assert/strict";
import { test } from "node:test";

import { apollo } from "../apollo.js";
import { rtkQuery } from "../rtk-query.js";
import { swr } from "../swr.js";
import { tanstackRouter } from "../tanstack-router.js";
import { tanstack } from "../tanstack.js";
import { Change } from "../tags.js";

const change = (...tags) => new Change().add(tags);
const everything = new Change().add();

test("TanStack Query: meta.tags, or else the key where it is one", () => {
  const queries = [
    { queryKey: ["list"], meta: { tags: [["todos"]] } },
    { queryKey: ["todo", 1] },
    { queryKey: ["todo", { id: 2 }] },
    { queryKey: ["todo", 1.5] },
    { queryKey: ["none"], meta: { tags: [] } },
  ];
  const stale = [];
  const client = { invalidateQueries: ({ predicate }) => stale.push(...queries.filter(predicate)) };
  const adapter = tanstack(client);
  assert.equal(adapter(change(["todos"], ["todo"])), 2);
  assert.deepEqual(stale, [queries[0], queries[1]]);
  assert.equal(adapter(everything), 5);
});

test("TanStack Router: staticData.tags, a list or a function of the match", () => {
  const matches = [
    { id: "a", staticData: { tags: [["todos"]] } },
    { id: "b", params: { id: 7 }, staticData: { tags: ({ params }) => [["todo", params.id]] } },
    { id: "c", staticData: {} },
    { id: "d" },
  ];
  const loaded = [];
  const adapter = tanstackRouter({ invalidate: ({ filter }) => loaded.push(...matches.filter(filter)) });
  assert.equal(adapter(change(["todo", 7])), 1);
  assert.deepEqual(loaded, [matches[1]]);
  assert.equal(adapter(everything), 2);
});

test("SWR: a key that is a tag, or what tagsOf says of it", () => {
  const keys = [["todos"], ["todo", 1], "/api/todos", ["todo", { id: 1 }]];
  const adapter = (tagsOf) => {
    const revalidated = [];
    const run = swr((filter) => revalidated.push(...keys.filter(filter)), tagsOf);
    return { run, revalidated };
  };
  const plain = adapter();
  assert.equal(plain.run(change(["todo"], ["todos"])), 2);
  assert.deepEqual(plain.revalidated, [keys[0], keys[1]]);
  const named = adapter((key) => (key === "/api/todos" ? [["todos"]] : undefined));
  assert.equal(named.run(change(["todos"])), 1);
  assert.equal(named.run(everything), 4);
});

test("RTK Query: a tag is a type and an id, and one segment is all of a type", () => {
  const calls = [];
  const api = {
    util: {
      selectInvalidatedBy: (state, tags) => (assert.equal(state, "state"), tags),
      invalidateTags: (tags) => ({ type: "invalidate", tags }),
    },
  };
  const adapter = rtkQuery(api, { getState: () => "state", dispatch: (action) => calls.push(action) }, ["todo", "user"]);
  assert.equal(adapter(change(["todo", 42], ["user"], ["todo", "a", "b"], ["other"])), 3);
  assert.deepEqual(calls.pop().tags, [{ type: "todo", id: "42" }, "user", { type: "todo", id: "a/b" }]);
  assert.equal(adapter(change(["other"])), 0);
  assert.equal(calls.length, 0);
  adapter(everything);
  assert.deepEqual(calls.pop().tags, ["todo", "user"]);
});

test("Apollo Client: context.tags, or else the operation's name", () => {
  const queries = [
    { options: { context: { tags: [["todos"]] } }, queryName: "Todos" },
    { options: {}, queryName: "User" },
    { options: {} },
  ];
  const [refetched, evicted] = [[], []];
  const client = {
    cache: "cache",
    refetchQueries({ include, onQueryUpdated }) {
      assert.equal(include, "active");
      refetched.push(...queries.filter(onQueryUpdated));
    },
  };
  const adapter = apollo(client, { evict: (cache, told) => evicted.push([cache, told]) });
  const told = change(["todos"]);
  assert.equal(adapter(told), 1);
  assert.deepEqual(refetched, [queries[0]]);
  assert.deepEqual(evicted, [["cache", told]]);
  assert.equal(adapter(change(["User"])), 1);
  assert.equal(adapter(everything), 3);
});
