import assert from "node:assert/strict";
import { test } from "node:test";

import { Change, covers, defineTags, textOf } from "../tags.js";

const change = (...tags) => new Change().add(tags);

test("a tag covers itself and what begins with it", () => {
  assert.ok(covers(["todo"], ["todo"]));
  assert.ok(covers(["todo"], ["todo", 42]));
  assert.ok(!covers(["todo", 42], ["todo"]));
  assert.ok(!covers(["todo", 4], ["todo", 42]));
});

test("segments compare by their text", () => {
  assert.ok(covers(["todo", "42"], ["todo", 42, "title"]));
  assert.ok(change(["todo", 42]).isStale([["todo", "42"]]));
  assert.equal(textOf(["a/b", "50%", 7]), "a%2Fb/50%25/7");
});

test("a query is stale when an invalidated tag covers at least one of its tags", () => {
  const queries = { list: [["todos"]], one: [["todo", 1]], both: [["todos"], ["user", "ada"]], none: [] };
  const stale = (tags) => Object.keys(queries).filter((name) => change(...tags).isStale(queries[name]));
  assert.deepEqual(stale([["todos"]]), ["list", "both"]);
  assert.deepEqual(stale([["todo"]]), ["one"]);
  assert.deepEqual(stale([["todo", 1], ["user"]]), ["one", "both"]);
  assert.deepEqual(stale([["todo", 1, "title"]]), []);
  assert.deepEqual(stale([["other"]]), []);
});

test("the rule is the same as comparing each pair, for tags of every shape", () => {
  const segments = ["a", "b", 1, "1", "a/b", "a%2Fb", "", "é"];
  let seed = 7;
  const next = (count) => (seed = (seed * 48271) % 2147483647) % count;
  const tag = () => Array.from({ length: 1 + next(3) }, () => segments[next(segments.length)]);
  const tags = () => Array.from({ length: next(4) }, tag);
  for (let round = 0; round < 20_000; round += 1) {
    const [told, own] = [tags(), tags()];
    const expected = told.some((one) => own.some((other) => covers(one, other)));
    assert.equal(change(...told).isStale(own), expected, JSON.stringify({ told, own }));
  }
});

test("everything is everything, whatever comes after, and too many tags are", () => {
  const all = new Change().add().add([["a"]]);
  assert.ok(all.all && all.isStale([]) && all.tags.length === 0);
  const many = new Change();
  for (let number = 0; number < 1000; number += 1) many.add([["todo", number]]);
  assert.ok(!many.all);
  assert.ok(many.add([["todo", 1000]]).all);
  assert.ok(new Change().isEmpty && !many.isEmpty);
});

test("a leaf gives its tag, a branch the group of its leaves", () => {
  const tags = defineTags({
    todos: { list: () => ["todos"], byId: (id) => ["todo", id], line: (id, line) => ["todo", id, "line", line] },
    user: { name: (id) => [`user:${id}`] , settings: { all: () => ["settings"] } },
    now: () => ["now"],
  });
  assert.deepEqual(tags.todos.list(), ["todos"]);
  assert.deepEqual(tags.todos.byId(42), ["todo", 42]);
  assert.deepEqual(tags.todos(), [["todos"], ["todo"], ["todo"]]);
  assert.deepEqual(tags.user.settings(), [["settings"]]);
  assert.throws(() => tags.user(), TypeError);
  assert.ok(change(...tags.todos()).isStale([tags.todos.byId(7)]));
});

test("a branch may have a leaf named like what a function has of its own", () => {
  const tags = defineTags({ name: () => ["name"], length: (id) => ["length", id], call: () => ["call"] });
  assert.deepEqual(tags.name(), ["name"]);
  assert.deepEqual(tags.length(3), ["length", 3]);
  assert.deepEqual(tags(), [["name"], ["length"], ["call"]]);
});

test("a group hears of its members, and a member of its group", () => {
  const change = new Change().add([["todo", 42]]);
  assert.ok(change.touches([["todo"]]) && change.touches([["todo", 42, "notes"]]) && change.touches([["x"], ["todo", "42"]]));
  assert.ok(!change.touches([["todo", 4]]) && !change.touches([["todos"]]) && !change.touches([]));
  assert.ok(new Change().add().touches([["x"]]));
});
