// RTK Query: `rtkQuery(api, store, tagTypes)`. A tag's first segment is the type, the rest the id: `todo/42` is
// `{ type: "todo", id: "42" }`, and `todo` alone is all of that type. A query that is under way is invalidated when it has
// come, which is the library's own way (`invalidationBehavior: "delayed"`).

export const rtkQuery = (api, store, tagTypes) => (change) => {
  const { provided } = store.getState()[api.reducerPath];
  /** The id, and what it covers of the ids that queries have: `42`, `42/comments`. */
  const idsOf = (type, id) => {
    const known = Object.keys((provided.tags ?? provided)[type] ?? {});
    return [id, ...known.filter((other) => other.startsWith(`${id}/`))];
  };
  const tags = change.all
    ? tagTypes
    : change.tags
        .filter(([type]) => tagTypes.includes(type))
        .flatMap(([type, ...id]) => (id.length > 0 ? idsOf(type, id.join("/")).map((id) => ({ type, id })) : [type]));
  if (tags.length === 0) return 0;
  const matched = api.util.selectInvalidatedBy(store.getState(), tags).length;
  store.dispatch(api.util.invalidateTags(tags));
  return matched;
};
