// What a page imports: `connect` holds the stream, and tells caches what has gone stale.

import { parse } from "./position.js";
import { share } from "./share.js";
import { Change } from "./tags.js";

export { covers, defineTags, textOf } from "./tags.js";

/** So many ids of transactions go along with a refetch. */
const MOST_RECENT = 100;

/** What a stream that has just come back tells is told at once; milliseconds. */
const SETTLING = 100;

const CLOSED = { detail: "closed by the page" };

export const connect = (options) => new Client(options);

class Client {
  /** Names this page to the server, for `set local freshet.origin`. */
  origin = crypto.randomUUID?.() ?? Math.random().toString(36).slice(2);

  /** Everything before it has been told to this page. */
  position = "";
  user;
  scopes = [];
  #known; // whose stream it was last, as the welcome said it
  #options;
  #adapters = new Set();
  #listeners = new Set();
  #waiting = new Set();
  #recent = new Set(); // ids of the transactions told that are not below the position
  #change = new Change();
  #due; // when what has gone stale is told
  #timer;
  #settled = 0; // until then what comes is gathered
  #sharing;
  #word = "connecting";
  #detail;
  #isPaused = false;
  #isOffline = false;
  #send = () => {};
  #joins = 0;
  #token;
  #wasLive = false; // with this token

  /** @param options see client.d.ts */
  constructor({ url, position, debug, ...options }) {
    this.url = new URL(url, location.href).href;
    this.position = position ?? "";
    this.#options = options;
    this.#start();
    if (debug || new URLSearchParams(location.search).has("freshet-debug")) {
      import("./debug.js").then(({ panel }) => panel(this));
    }
  }

  /** `connecting`, `live`, `paused`, `offline` or `stopped`. */
  get state() {
    if (this.#word === "stopped") return "stopped";
    if (this.#isOffline || this.#word === "offline") return "offline";
    return this.#isHeld ? "paused" : this.#word;
  }

  /** What a server that reads a replica has to wait for: the position, and ids of transactions, for `freshet.has_seen`. */
  get heard() {
    return [this.position, ...this.#recent].filter(Boolean).join();
  }

  /** Gives every change to a cache: a function of a `Change`, which tells how many queries it found stale. */
  use(adapter) {
    this.#adapters.add(adapter);
    return this;
  }

  /** Calls back when one of these tags, or one that they cover, has gone stale; the result ends that. */
  onInvalidate(tags, callback) {
    const adapter = (change) => {
      if (!change.touches(tags)) return 0;
      callback(change);
      return 1;
    };
    this.#adapters.add(adapter);
    return () => this.#adapters.delete(adapter);
  }

  /** Calls back with `{type: "state", …}`, `{type: "event", …}`, `{type: "applied", …}`; the result ends that. */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when all that a transaction has told, and this page may hear, has been heard. */
  seen(txid) {
    return new Promise((resolve, reject) => {
      if (this.#word === "stopped") reject(new Error("The stream has stopped."));
      else this.#waiting.add({ txid: BigInt(txid), resolve, reject });
      this.#pass([]);
    });
  }

  /** Holds back what comes, merged, until `resume`. */
  pause() {
    this.#isPaused = true;
    this.#look();
  }

  resume() {
    this.#isPaused = false;
    this.#look();
  }

  /** Lets go of the stream, as if the network were gone; it goes on from its position. */
  set offline(isOffline) {
    if (this.#isOffline === isOffline) return;
    this.#isOffline = isOffline;
    this.#join();
    this.#tell();
  }

  get offline() {
    return this.#isOffline;
  }

  /** Asks again who asks: after a sign-in for which no page was loaded, also where the stream had stopped. */
  reconnect({ position = this.position } = {}) {
    this.position = position;
    this.#leave();
    this.#start();
  }

  /** Ends it. */
  close() {
    this.#stop(CLOSED);
  }

  // The stream

  async #start() {
    this.#word = "connecting";
    this.#detail = undefined;
    document.addEventListener("visibilitychange", this.#look);
    addEventListener("pagehide", this.#hide);
    addEventListener("pageshow", this.#show);
    this.#tell();
    const place = { ...this.#options, worker: new URL(this.#options.worker ?? "worker.js", this.url) };
    this.#sharing ??= share(place, (message) => this.#hear(message));
    this.#send = await this.#sharing;
    await this.#readToken();
    this.#join();
  }

  async #readToken() {
    const { token } = this.#options;
    try {
      this.#token = typeof token === "function" ? await token() : token;
    } catch (error) {
      this.#stop({ detail: `There is no token: ${error.message}` });
    }
  }

  #join() {
    this.#leave();
    if (this.#isOffline || this.#word === "stopped") return;
    const { url, position } = this;
    this.#send({ join: { id: this.#joins, url, position, token: this.#token, known: this.#known } });
  }

  /** Nothing more is heard of what was joined before. */
  #leave() {
    this.#joins += 1;
    this.#send({ leave: true });
  }

  #hear({ join, state, rejoin, event, data, position }) {
    if (this.#word === "stopped" || this.#isOffline) return;
    if (rejoin) return this.#join();
    if (join !== this.#joins) return;
    if (state) {
      if (state[0] === "stopped") return this.#refuse(state[1]);
      this.#word = state[0];
      this.#tell();
    }
    const txids = data?.txids ?? [];
    if (position) this.#move(position, txids);
    if (event) this.#take(event, data);
    if (position) this.#pass(txids);
  }

  #move(position, txids) {
    const [old, { timeline, horizon }] = [parse(this.position), parse(position) ?? {}];
    for (const txid of txids) this.#recent.add(txid);
    for (const txid of this.#recent) {
      const isOver = BigInt(txid) < horizon || old?.timeline !== timeline || this.#recent.size > MOST_RECENT;
      if (isOver) this.#recent.delete(txid);
    }
    this.position = position;
  }

  #take(event, data) {
    const now = performance.now();
    if (event === "welcome") {
      this.#known = { user: data.user, scopes: data.scopes };
      this.user = data.user;
      this.scopes = data.scopes;
      this.#wasLive = true;
      this.#settled = now + SETTLING;
    }
    for (const listener of this.#listeners) listener({ type: "event", event, data, position: this.position });
    if (event === "invalidate") {
      if (this.#options.appliesOwnWrites && data.origin === this.origin) return;
      this.#change.add(data.tags);
    } else if (!data.resumed) {
      this.#change.add();
    }
    const due = Math.max(now + Math.random() * (data.spread ?? 0), this.#settled);
    if (this.#timer && this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#apply(), due - now);
  }

  #apply() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isHeld || this.#change.isEmpty) return;
    const change = this.#change;
    this.#change = new Change();
    let matched = 0;
    for (const adapter of this.#adapters) {
      try {
        matched += adapter(change) ?? 0;
      } catch (error) {
        // One cache that fails keeps no other from being told.
        reportError(error);
      }
    }
    for (const listener of this.#listeners) listener({ type: "applied", change, matched });
  }

  get #isHeld() {
    return document.hidden || this.#isPaused;
  }

  /** Resolves whoever waited for one of these transactions, or for one below the position. */
  #pass(txids) {
    const horizon = parse(this.position)?.horizon ?? 0n;
    for (const waiter of this.#waiting) {
      if (waiter.txid >= horizon && !txids.includes(String(waiter.txid))) continue;
      this.#waiting.delete(waiter);
      this.#apply();
      waiter.resolve();
    }
  }

  /** One whose token has run out gets a newer one, where the page can give one. */
  async #refuse(detail) {
    const old = this.#token;
    const isWorthAnother = detail.status === 401 && this.#wasLive;
    this.#wasLive = false;
    if (isWorthAnother) await this.#readToken();
    if (this.#token === old) this.#stop(detail);
    else this.#join();
  }

  #stop(detail) {
    if (this.#word === "stopped") return;
    this.#word = "stopped";
    this.#detail = detail;
    document.removeEventListener("visibilitychange", this.#look);
    removeEventListener("pagehide", this.#hide);
    removeEventListener("pageshow", this.#show);
    this.#join();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { reject } of this.#waiting) reject(new Error(`The stream has stopped: ${detail.detail}`));
    this.#waiting.clear();
    this.#tell();
    if (detail !== CLOSED) this.#options.onStopped?.(detail);
  }

  #tell() {
    for (const listener of this.#listeners) listener({ type: "state", state: this.state, detail: this.#detail });
  }

  // The page

  #look = () => {
    if (!this.#isHeld) this.#apply();
    // Somebody else may have signed in meanwhile.
    if (!document.hidden) this.#send({ check: true });
    this.#tell();
  };

  #hide = () => this.#leave();

  #show = ({ persisted }) => {
    if (persisted) this.#join();
  };
}
