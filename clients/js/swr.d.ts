import type { Adapter, Tag } from "./client.js";

/** @param tagsOf the tags of a key; by default a key that is an array of strings and integers is its own tag. */
export function swr(
  mutate: (filter: (key: any) => boolean) => unknown,
  tagsOf?: (key: any) => readonly Tag[] | undefined,
): Adapter;
