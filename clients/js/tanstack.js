// TanStack Query 5: a query's tags are `meta.tags`, or else its key. Active ones refetch, the others are marked stale.

/** A key is a tag where all its segments are strings and integers. */
const ownTags = ({ meta, queryKey }) =>
  meta?.tags ??
  (queryKey.every((segment) => typeof segment === "string" || Number.isInteger(segment)) ? [queryKey] : []);

export const tanstack = (queryClient) => (change) => {
  let matched = 0;
  queryClient.invalidateQueries({
    predicate: (query) => {
      const isStale = change.isStale(ownTags(query));
      if (isStale) matched += 1;
      return isStale;
    },
  });
  return matched;
};
