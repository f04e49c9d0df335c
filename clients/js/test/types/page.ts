// What a page writes, as a compiler reads it. Lines below `@ts-expect-error` must not compile.

import { connect, covers, defineTags, textOf, type Change, type Client, type State, type Tag } from "../../client.js";
import { apollo } from "../../apollo.js";
import { rtkQuery } from "../../rtk-query.js";
import { swr } from "../../swr.js";
import { tanstack, type QueryMeta } from "../../tanstack.js";
import { tanstackRouter } from "../../tanstack-router.js";

const tags = defineTags({
  todos: { list: () => ["todos"], byId: (id: number) => ["todo", id] },
  me: () => ["me"],
});
const one: Tag = tags.todos.byId(42);
const all: Tag[] = tags.todos();
const everything: Tag[] = tags();
const meta: QueryMeta = { tags: [one, ...all, tags.me()] };
// @ts-expect-error a leaf has the parameters that it was given
tags.todos.byId("42", 1, 2);
// @ts-expect-error there is no such leaf
tags.todos.byName("x");

const client: Client = connect({ url: "/api/invalidator/sse", token: async () => "…", appliesOwnWrites: true });
client
  .use(tanstack({ invalidateQueries: ({ predicate }) => predicate({}) }))
  .use(tanstackRouter({ invalidate: async () => {} }))
  .use(swr((filter) => filter("key"), (key) => [[key]]))
  .use(apollo({ cache: 1, refetchQueries: () => [] }, { evict: (cache, change) => cache.evict(change.tags) }))
  .use(rtkQuery({ reducerPath: "api", util: { selectInvalidatedBy: () => [], invalidateTags: (tags) => tags } }, { getState: () => ({}), dispatch: () => {} }, ["todo"]));
const stop: () => void = client.onInvalidate([["todos"]], (change: Change) => change.isStale([one]));
client.listen((told) => {
  if (told.type === "state") {
    const state: State = told.state;
    if (state === "stopped") console.log(told.detail?.status);
  } else if (told.type === "applied") console.log(told.matched, told.change.all);
});
client.seen(81240n).then(stop);
client.offline = true;
client.reconnect();
const [origin, heard]: string[] = [client.origin, client.heard];
console.log(textOf(one), covers(one, ["todo"]), everything, meta, origin, heard);
// @ts-expect-error a stream has an address
connect({});
// @ts-expect-error the origin is the client's own
client.origin = "mine";
