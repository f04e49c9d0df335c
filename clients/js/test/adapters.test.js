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

/** As much of TanStack Query 5 as counts here: it asks a predicate twice, and restarts no first fetch. */
class QueryClient {
  #listeners = new Set();

  constructor(queries) {
    this.queries = queries.map((query) => ({ isActive: () => true, state: { fetchStatus: "idle", data: 0 }, ...query }));
  }

  getQueryCache() {
    return { subscribe: (listener) => this.#listeners.add(listener) };
  }

  invalidateQueries({ predicate }) {
    for (const query of this.queries.filter(predicate)) query.state.isInvalidated = true;
    for (const query of this.queries.filter(predicate)) {
      if (query.isActive() && (query.state.fetchStatus === "idle" || query.state.data !== undefined)) this.fetch(query);
    }
  }

  fetch(query) {
    query.fetches = (query.fetches ?? 0) + 1;
    query.state.fetchStatus = "fetching";
  }

  /** The answer to its last fetch comes. */
  async succeed(query) {
    Object.assign(query.state, { fetchStatus: "idle", data: 1, isInvalidated: false });
    for (const listener of this.#listeners) listener({ type: "updated", query });
    await undefined;
  }
}

test("TanStack Query: meta.tags, or else the key where it is one", () => {
  const client = new QueryClient([
    { queryKey: ["list"], meta: { tags: [["todos"]] } },
    { queryKey: ["todo", 1] },
    { queryKey: ["todo", { id: 2 }] },
    { queryKey: ["todo", 1.5] },
    { queryKey: ["none"], meta: { tags: [] } },
  ]);
  const adapter = tanstack(client);
  assert.equal(adapter(change(["todos"], ["todo"])), 2);
  assert.deepEqual(client.queries.map(({ fetches }) => fetches), [1, 1, undefined, undefined, undefined]);
  assert.equal(adapter(everything), 5);
});

test("TanStack Query: a fetch that was under way when the change came is not taken for fresh", async () => {
  const client = new QueryClient([
    { queryKey: ["first"], state: { fetchStatus: "fetching" } },
    { queryKey: ["unseen"], state: { fetchStatus: "fetching", data: 0 }, isActive: () => false },
    { queryKey: ["again"], state: { fetchStatus: "fetching", data: 0 } },
    { queryKey: ["other"], state: { fetchStatus: "fetching" } },
  ]);
  const [first, unseen, again, other] = client.queries;
  assert.equal(tanstack(client)(change(["first"], ["unseen"], ["again"])), 3);
  // The library itself begins that one anew.
  assert.equal(again.fetches, 1);
  assert.equal(first.fetches, undefined);
  for (const query of client.queries) await client.succeed(query);
  assert.equal(first.fetches, 1);
  assert.equal(unseen.state.isInvalidated, true);
  assert.equal(again.state.isInvalidated, false);
  assert.equal(other.state.isInvalidated, false);
  // And once is enough.
  await client.succeed(first);
  assert.equal(first.fetches, 1);
  assert.equal(first.state.isInvalidated, false);
});

test("TanStack Query: a cache that tells nothing of its fetches is asked no more than to invalidate", () => {
  const stale = [];
  const adapter = tanstack({ invalidateQueries: ({ predicate }) => stale.push(...[{ queryKey: ["a"] }].filter(predicate)) });
  assert.equal(adapter(change(["a"])), 1);
  assert.equal(stale.length, 1);
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

test("TanStack Router: a loader that runs when the change comes is run once more", async () => {
  const matches = [{ id: "a", isFetching: "loader", staticData: { tags: [["todos"]] } }, { id: "b", isFetching: "loader" }];
  const calls = [];
  const router = { invalidate: async ({ filter, sync }) => calls.push([matches.filter(filter).map(({ id }) => id), sync]) };
  assert.equal(tanstackRouter(router)(change(["todos"])), 1);
  await new Promise(setImmediate);
  assert.deepEqual(calls, [[["a"], undefined], [["a"], true], [["a"], undefined]]);
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
  const state = (provided) => ({ api: { provided } });
  let current = state({});
  const api = {
    reducerPath: "api",
    util: {
      selectInvalidatedBy: (state, tags) => (assert.equal(state, current), tags),
      invalidateTags: (tags) => ({ type: "invalidate", tags }),
    },
  };
  const store = { getState: () => current, dispatch: (action) => calls.push(action) };
  const adapter = rtkQuery(api, store, ["todo", "user"]);
  assert.equal(adapter(change(["todo", 42], ["user"], ["todo", "a", "b"], ["other"])), 3);
  assert.deepEqual(calls.pop().tags, [{ type: "todo", id: "42" }, "user", { type: "todo", id: "a/b" }]);
  assert.equal(adapter(change(["other"])), 0);
  assert.equal(calls.length, 0);
  adapter(everything);
  assert.deepEqual(calls.pop().tags, ["todo", "user"]);
  // What a tag covers, in either shape that the library has had.
  for (const provided of [{ tags: { todo: { "42/notes": [], 421: [] } } }, { todo: { "42/notes": [], 421: [] } }]) {
    current = state(provided);
    adapter(change(["todo", 42]));
    assert.deepEqual(calls.pop().tags, [{ type: "todo", id: "42" }, { type: "todo", id: "42/notes" }]);
  }
});

test("Apollo Client: context.tags, or else the operation's name", () => {
  const getCurrentResult = () => ({ networkStatus: 7 });
  const queries = [
    { options: { context: { tags: [["todos"]] } }, queryName: "Todos", getCurrentResult },
    { options: {}, queryName: "User", getCurrentResult },
    { options: {}, getCurrentResult },
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

test("Apollo Client: a query that is under way is asked again when it has come, since a refetch would share its answer", async () => {
  const observers = new Set();
  let refetches = 0;
  const query = {
    options: {},
    queryName: "Todos",
    getCurrentResult: () => ({ networkStatus: 1 }),
    subscribe(observer) {
      observers.add(observer);
      observer.next({ networkStatus: 1 });
      return { unsubscribe: () => observers.delete(observer) };
    },
    refetch: async () => (refetches += 1),
  };
  let result;
  apollo({ refetchQueries: ({ onQueryUpdated }) => (result = onQueryUpdated(query)) })(change(["Todos"]));
  await new Promise(setImmediate);
  assert.equal(refetches, 0);
  for (const observer of observers) observer.next({ networkStatus: 7 });
  await result;
  assert.equal(refetches, 1);
  assert.equal(observers.size, 0);
});
