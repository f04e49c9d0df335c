// TanStack Query 5: a query's tags are `meta.tags`, or else its key. Active ones refetch, the others are marked stale.

/** A key is a tag where all its segments are strings and integers. */
const ownTags = ({ meta, queryKey }) =>
  meta?.tags ??
  (queryKey.every((segment) => typeof segment === "string" || Number.isInteger(segment)) ? [queryKey] : []);

/**
 * Whether a fetch is under way that `invalidateQueries` lets go on: one without data yet, or one that nobody looks at. It
 * may have read what was there before, and what it brings is taken for fresh.
 */
const isOutpaced = (query) =>
  query.state && query.state.fetchStatus !== "idle" && (query.state.data === undefined || !query.isActive());

export const tanstack = (queryClient) => {
  const outpaced = new Set();
  queryClient.getQueryCache?.().subscribe(({ query }) => {
    if (query.state.fetchStatus !== "idle" || !outpaced.delete(query)) return;
    // Once it has taken what came for fresh.
    queueMicrotask(() => queryClient.invalidateQueries({ predicate: (other) => other === query }));
  });
  return (change) => {
    const stale = new Set();
    const predicate = (query) => {
      const isStale = change.isStale(ownTags(query));
      if (isStale) stale.add(query);
      // Asked before anything is fetched anew.
      if (isStale && isOutpaced(query)) outpaced.add(query);
      return isStale;
    };
    queryClient.invalidateQueries({ predicate });
    return stale.size;
  };
};
