/** A path that names cached data: `["todo", 42]`. Segments compare by their text. */
export type Tag = readonly (string | number)[];

/** A tag as text, `todo/42`. */
export function textOf(tag: Tag): string;

/** Whether `tag` covers `other`: its segments are a prefix of the other's. */
export function covers(tag: Tag, other: Tag): boolean;

/** What has gone stale: everything, or whatever has a tag that one of these covers. */
export class Change {
  readonly all: boolean;

  /** The invalidated tags; none where `all`. */
  readonly tags: Tag[];
  readonly isEmpty: boolean;

  /** Adds tags; without an argument, everything. */
  add(tags?: readonly Tag[]): this;

  /** Whether an invalidated tag covers one of these, or is covered by one: a group hears of all its members. */
  touches(tags: readonly Tag[]): boolean;

  /** Whether an invalidated tag covers at least one of these. */
  isStale(tags: readonly Tag[]): boolean;
}

/** What `defineTags` takes: leaves give a tag, branches hold leaves and branches. */
export type TagTree = { readonly [name: string]: ((...parameters: any[]) => Tag) | TagTree };

/** The same tree, where a branch can be called: it gives the tags of all its leaves, for every value of a parameter. */
export type Tags<Tree extends TagTree> = (() => Tag[]) & {
  readonly [Name in keyof Tree]: Tree[Name] extends (...parameters: any[]) => Tag
    ? Tree[Name]
    : Tree[Name] extends TagTree
      ? Tags<Tree[Name]>
      : never;
};

export function defineTags<Tree extends TagTree>(tree: Tree): Tags<Tree>;
