// TanStack Router: a route's tags are `staticData.tags`, a list or a function of the match. Loaders of stale matches run
// again, at once where they are shown.

export const tanstackRouter = (router) => (change) => {
  const stale = new Set();
  let isLoading = false;
  const isStale = (match) => {
    const { tags } = match.staticData ?? {};
    const own = typeof tags === "function" ? tags(match) : tags;
    if (!own || !change.isStale(own)) return false;
    stale.add(match.id);
    isLoading ||= Boolean(match.isFetching);
    return true;
  };
  const loaded = router.invalidate({ filter: isStale });
  // A loader that runs already is waited for and not run again, and may have read what was there before.
  const again = { filter: ({ id }) => stale.has(id) };
  if (isLoading) loaded.then(() => router.invalidate({ ...again, sync: true })).then(() => router.invalidate(again));
  return stale.size;
};
