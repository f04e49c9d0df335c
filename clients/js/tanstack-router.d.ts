import type { Adapter } from "./client.js";

/** The part of TanStack Router's router that is used. */
export interface RouterLike {
  invalidate(options: { filter: (match: any) => boolean; sync?: boolean }): Promise<unknown>;
}

/** A route's tags are `staticData.tags`: a list, or a function that gives one for a match. */
export function tanstackRouter(router: RouterLike): Adapter;
