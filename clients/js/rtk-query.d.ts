import type { Adapter } from "./client.js";

/** @param tagTypes those of the API: all of them go stale when everything does. */
export function rtkQuery(
  api: { reducerPath: string; util: { selectInvalidatedBy(state: any, tags: any): unknown[]; invalidateTags(tags: any): any } },
  store: { getState(): any; dispatch(action: any): unknown },
  tagTypes: readonly string[],
): Adapter;
