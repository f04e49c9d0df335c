import type { Adapter, Change } from "./client.js";

/** The part of `ApolloClient` that is used. */
export interface ApolloClientLike {
  cache: any;
  refetchQueries(options: { include: "active"; onQueryUpdated: (query: any) => any }): unknown;
}

/**
 * A query's tags are `context.tags` of its options, or else the operation's name. Those that are shown refetch.
 *
 * @param options evict: drops what only the cache holds, which knows no tags.
 */
export function apollo(
  client: ApolloClientLike,
  options?: { evict?: (cache: any, change: Change) => void },
): Adapter;
