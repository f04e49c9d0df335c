import type { Change, Tag } from "./tags.js";

export { covers, defineTags, textOf } from "./tags.js";
export type { Change, Tag, TagTree, Tags } from "./tags.js";

/** `paused`: the page is hidden, or has asked for it; what comes is held back, merged. `stopped`: until `reconnect`. */
export type State = "connecting" | "live" | "paused" | "offline" | "stopped";

/** Why a stream has stopped. */
export interface Stop {
  /** The HTTP status; missing where the page has closed it, or has no token. */
  status?: number;
  detail: string;
}

/** Gives a change to a cache, and tells how many queries it found stale. */
export type Adapter = (change: Change) => number | void;

export interface Options {
  /** The stream's address, as the page sees it: `/api/invalidator/sse`. */
  url: string | URL;

  /**
   * A bearer token, or what gives one; without it the browser's cookie says who asks. A function is asked again when the
   * token that it gave has run out, and by `reconnect`.
   */
  token?: string | (() => string | Promise<string>);

  /** Where the data that the page came with was read: `freshet.position()`. Nothing before it is told. */
  position?: string;

  /** What holds the stream: a shared worker (default), the page that leads, or each page its own. Tried in this order. */
  share?: "worker" | "leader" | "none";

  /** Where `worker.js` is; beside the stream, where the service has it, unless this says otherwise. */
  worker?: string | URL;

  /**
   * Whether this page has applied its own writes by itself: what a transaction with `freshet.origin` set to `origin` tells
   * is passed over then.
   */
  appliesOwnWrites?: boolean;

  /** Called when there is no use in asking again: 401 after a logout, 403, 404, or `token` has failed. `reconnect` begins anew. */
  onStopped?: (stop: Stop) => void;

  /** Shows the panel, which `?freshet-debug` in the page's address does too. */
  debug?: boolean;
}

export type Told =
  | { type: "state"; state: State; detail?: Stop }
  | { type: "event"; event: "welcome" | "invalidate" | "reset"; data: any; position: string }
  | { type: "applied"; change: Change; matched: number };

export interface Client {
  /** Names this page to the server, for `set local freshet.origin`. */
  readonly origin: string;
  readonly url: string;
  readonly state: State;

  /** Everything before it has been told to this page. */
  readonly position: string;

  /**
   * What this page has heard of, for a server that reads a replica: the position and ids of transactions, with commas
   * between them. Given along with a refetch, `freshet.has_seen` tells of each whether the replica shows it yet.
   */
  readonly heard: string;

  /** Whose session it is, and what it hears; known once the stream is live. */
  readonly user?: string;
  readonly scopes: string[];

  /** Set, it lets go of the stream as if the network were gone; it goes on from its position. */
  offline: boolean;

  use(adapter: Adapter): this;

  /** Calls back when one of these tags has gone stale, or one that they cover. The result ends that. */
  onInvalidate(tags: readonly Tag[], callback: (change: Change) => void): () => void;

  /** Calls back with all that happens. The result ends that. */
  listen(listener: (told: Told) => void): () => void;

  /**
   * Resolves when all that a transaction has told, and this page may hear, has been heard and given to the caches (where
   * the page is paused, they get it on return); rejects when the stream stops.
   * A transaction that told this page nothing is passed at the next heartbeat.
   */
  seen(txid: string | number | bigint): Promise<void>;

  /** Holds back what comes, merged, until `resume`. */
  pause(): void;
  resume(): void;

  /**
   * Asks again who asks: after a sign-in for which no page was loaded, also where the stream had stopped. A page that is
   * loaded, or comes back to the front, does so by itself.
   *
   * @param options position: where the data was read that the page has fetched meanwhile; else it goes on from its own.
   */
  reconnect(options?: { position?: string }): void;

  /** Ends it. */
  close(): void;
}

export function connect(options: Options): Client;
