// TanStack Router: a route's tags are `staticData.tags`, a list or a function of the match. Loaders of stale matches run
// again, at once where they are shown.

export const tanstackRouter = (router) => (change) => {
  let matched = 0;
  const isStale = (match) => {
    const { tags } = match.staticData ?? {};
    const own = typeof tags === "function" ? tags(match) : tags;
    return own !== undefined && change.isStale(own);
  };
  router.invalidate({
    filter: (match) => {
      const stale = isStale(match);
      if (stale) matched += 1;
      return stale;
    },
  });
  return matched;
};
