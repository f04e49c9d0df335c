// RTK Query: `rtkQuery(api, store, tagTypes)`. A tag's first segment is the type, the rest the id: `todo/42` is
// `{ type: "todo", id: "42" }`, and `todo` alone is all of that type.

export const rtkQuery = (api, store, tagTypes) => (change) => {
  const tags = change.all
    ? tagTypes
    : change.tags
        .filter(([type]) => tagTypes.includes(type))
        .map(([type, ...id]) => (id.length > 0 ? { type, id: id.join("/") } : type));
  if (tags.length === 0) return 0;
  const matched = api.util.selectInvalidatedBy(store.getState(), tags).length;
  store.dispatch(api.util.invalidateTags(tags));
  return matched;
};
