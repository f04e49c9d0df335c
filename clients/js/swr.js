// SWR 2: `swr(mutate, tagsOf)`, with the `mutate` of the cache. A key that is an array of strings and integers is its own
// tag; for others, and for more tags, `tagsOf(key)` gives them.

const ownTags = (key) =>
  Array.isArray(key) && key.every((segment) => typeof segment === "string" || Number.isInteger(segment)) ? [key] : [];

export const swr = (mutate, tagsOf = ownTags) => (change) => {
  let matched = 0;
  mutate((key) => {
    const isStale = change.isStale(tagsOf(key) ?? []);
    if (isStale) matched += 1;
    return isStale;
  });
  return matched;
};
