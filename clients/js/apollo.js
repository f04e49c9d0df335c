// Apollo Client 3 and 4: a query's tags are `context.tags` of its options, or else its operation's name. Those that are
// shown refetch. What only the cache holds is dropped by `evict(cache, change)`, where the page gives one: the cache knows
// no tags.

const ownTags = ({ options, queryName }) => options.context?.tags ?? (queryName ? [[queryName]] : []);

/** Below it, something is under way. */
const READY = 7;

export const apollo = (client, { evict } = {}) => (change) => {
  let matched = 0;
  evict?.(client.cache, change);
  client.refetchQueries({
    include: "active",
    onQueryUpdated: (query) => {
      if (!change.isStale(ownTags(query))) return false;
      matched += 1;
      if (query.getCurrentResult().networkStatus >= READY) return true;
      // A refetch would be given the answer to the request that is under way, which may be from before the change.
      return settled(query).then(() => query.refetch());
    },
  });
  return matched;
};

/** When nothing is under way any more. */
async function settled(query) {
  let subscription;
  await new Promise((resolve) => {
    const next = ({ networkStatus }) => networkStatus >= READY && resolve();
    subscription = query.subscribe({ next, error: resolve, complete: resolve });
  });
  subscription.unsubscribe();
}
