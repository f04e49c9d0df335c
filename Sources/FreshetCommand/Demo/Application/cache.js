// A query cache: as much of TanStack Query's QueryClient as Freshet's adapter and this page use. An application has the
// real one in its place.

export class QueryClient {
  #queries = [];

  add(options) {
    const query = new Query(options);
    this.#queries.push(query);
    return query;
  }

  invalidateQueries({ predicate }) {
    for (const query of this.#queries.filter(predicate)) query.invalidate();
  }
}

class Query {
  isActive = true;
  isStale = true;
  fetches = 0; // so many have begun
  #isFetching = false;

  /** @param options `queryKey`, `queryFn`, `meta`; `onData(data, before, isFetched)` and `onError(error)`. */
  constructor(options) {
    Object.assign(this, options);
  }

  /** Marks it as stale; an inactive one fetches when it is active again. */
  invalidate() {
    this.isStale = true;
    return this.refresh();
  }

  /** Fetches what is stale, one fetch at a time: what goes stale meanwhile is fetched by one after it. */
  async refresh() {
    if (this.#isFetching) return;
    this.#isFetching = true;
    while (this.isActive && this.isStale) {
      this.isStale = false;
      this.fetches += 1;
      try {
        const data = await this.queryFn();
        if (this.isActive) this.#set(data, true);
      } catch (error) {
        this.onError(error);
        // Once more for what came meanwhile; else whoever is asked to try again does.
        if (this.isStale) continue;
        this.isStale = true;
        break;
      }
    }
    this.#isFetching = false;
  }

  /**
   * Puts in what a write has answered, as `setQueryData` would. `fetches` is the count from before the write: where
   * something has been fetched since, nobody knows which of the two is newer, and it is fetched.
   */
  update(fetches, change) {
    if (this.isStale || this.#isFetching || this.fetches !== fetches) return this.invalidate();
    this.#set(change(this.data), false);
  }

  /** Forgets everything, and fetches nothing until it is active again. */
  clear() {
    this.isActive = false;
    this.isStale = true;
    this.data = undefined;
  }

  #set(data, isFetched) {
    const before = this.data;
    this.data = data;
    this.onData(data, before, isFetched);
  }
}
