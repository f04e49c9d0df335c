import type { Adapter, Tag } from "./client.js";

/** The part of TanStack Query's `QueryClient` that is used. */
export interface QueryClientLike {
  invalidateQueries(filters: { predicate: (query: any) => boolean }): unknown;

  /** A cache that sees to fetches which a change outpaces need not have it. */
  getQueryCache?(): { subscribe(listener: (event: { query: any }) => void): unknown };
}

/** A query's tags are `meta.tags`, or else its key, where that consists of strings and integers. */
export function tanstack(queryClient: QueryClientLike): Adapter;

/** What a query may have in `meta`. */
export interface QueryMeta {
  tags?: readonly Tag[];
}
