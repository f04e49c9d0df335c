// Tags, and what is stale when they are invalidated (CONTRACT.md §1). Pure: no page, no network.

/** Past so many tags everything counts as stale: to look each one up would cost more than to refetch. */
const MOST_TAGS = 1000;

const escape = (segment) => String(segment).replaceAll("%", "%25").replaceAll("/", "%2F");

/** A tag as text, `todo/42`: equal for equal tags, since segments compare by their text. */
export const textOf = (tag) => tag.map(escape).join("/");

/** Whether `tag` covers `other`: its segments are a prefix of the other's. */
export const covers = (tag, other) =>
  tag.length <= other.length && tag.every((segment, i) => String(segment) === String(other[i]));

/** What has gone stale: everything, or whatever has a tag that one of these covers. */
export class Change {
  /** Whether everything that was fetched before is stale. */
  all = false;
  #tags = new Map();

  /** The invalidated tags; none where `all`. */
  get tags() {
    return [...this.#tags.values()];
  }

  get isEmpty() {
    return !this.all && this.#tags.size === 0;
  }

  /** @param {Array<Array<string|number>>} [tags] nothing: everything is stale. */
  add(tags) {
    if (!this.all) for (const tag of tags ?? []) this.#tags.set(textOf(tag), tag);
    if (tags && this.#tags.size <= MOST_TAGS) return this;
    this.all = true;
    this.#tags.clear();
    return this;
  }

  /** Whether something has gone stale that these cover, or that covers one of these: a group hears of all its members. */
  touches(tags) {
    return this.isStale(tags) || this.tags.some((told) => tags.some((tag) => covers(tag, told)));
  }

  /** The stale rule: whether an invalidated tag covers at least one of a query's tags. */
  isStale(tags) {
    if (this.all) return true;
    return tags.some((tag) => {
      let text = "";
      return tag.some((segment, i) => this.#tags.has((text += (i ? "/" : "") + escape(segment))));
    });
  }
}

/** Stands for every value of a parameter; it also shows where a template puts it into a string. */
const ANY = "\u0000any\u0000";

/**
 * Gives a tree of tags its names.
 *
 * A leaf is a function that gives a tag. A branch called without arguments gives the tags of all its leaves, where a
 * leaf with a parameter stands for every value of it: the tag ends before the parameter.
 */
export function defineTags(tree) {
  const leaves = [];
  const branch = () => leaves.flatMap((leaf) => leaf());
  for (const [name, node] of Object.entries(tree)) {
    const isLeaf = typeof node === "function";
    const value = isLeaf ? node : defineTags(node);
    leaves.push(isLeaf ? () => [everyValue(node)] : value);
    // `name` and `length` are a function's own.
    Object.defineProperty(branch, name, { value, enumerable: true });
  }
  return branch;
}

function everyValue(leaf) {
  const tag = leaf(...Array(leaf.length).fill(ANY));
  const end = tag.findIndex((segment) => String(segment).includes(ANY));
  if (end === 0) throw new TypeError("a tag begins with a word of its own, not with a parameter");
  return end < 0 ? tag : tag.slice(0, end);
}
