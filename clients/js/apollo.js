// Apollo Client 3: a query's tags are `context.tags` of its options, or else its operation's name. Those that are shown
// refetch. What only the cache holds is dropped by `evict(cache, change)`, where the page gives one: the cache knows no
// tags.

const ownTags = ({ options, queryName }) => options.context?.tags ?? (queryName ? [[queryName]] : []);

export const apollo = (client, { evict } = {}) => (change) => {
  let matched = 0;
  evict?.(client.cache, change);
  client.refetchQueries({
    include: "active",
    onQueryUpdated: (query) => {
      const isStale = change.isStale(ownTags(query));
      if (isStale) matched += 1;
      return isStale;
    },
  });
  return matched;
};
