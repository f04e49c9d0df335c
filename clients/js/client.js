// What a page imports: `connect` holds the stream, and tells caches what has gone stale.

import { parse } from "./position.js";
import { share } from "./share.js";
import { Change } from "./tags.js";

export { covers, defineTags, textOf } from "./tags.js";

/** What a stream that has just come back tells is told at once; milliseconds. */
const SETTLING = 100;

export const connect = (options) => new Client(options);

class Client {
  /** Names this page to the server, for `set local freshet.origin`. */
  origin = crypto.randomUUID?.() ?? Math.random().toString(36).slice(2);

  /** Everything before it has been told to this page. */
  position = "";
  user;
  scopes = [];
  #options;
  #adapters = new Set();
  #listeners = new Set();
  #waiting = new Set();
  #change = new Change();
  #events = [];
  #due;
  #timer;
  #word = "connecting";
  #detail;
  #isPaused = false;
  #isOffline = false;
  #send = () => {};
  #token;

  /** @param options see client.d.ts */
  constructor({ url, position, debug, ...options }) {
    this.url = new URL(url, location.href).href;
    this.position = position ?? "";
    this.#options = options;
    this.#start();
    document.addEventListener("visibilitychange", this.#look);
    addEventListener("pagehide", this.#hide);
    addEventListener("pageshow", this.#show);
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

  /** Gives every change to a cache: a function of a `Change`, which tells how many queries it found stale. */
  use(adapter) {
    this.#adapters.add(adapter);
    return this;
  }

  /** Calls back when one of these tags has gone stale; the result ends that. */
  onInvalidate(tags, callback) {
    const adapter = (change) => {
      if (!change.isStale(tags)) return 0;
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

  /** Ends it for good. */
  close() {
    this.#stop({ detail: "closed by the page" });
    document.removeEventListener("visibilitychange", this.#look);
    removeEventListener("pagehide", this.#hide);
    removeEventListener("pageshow", this.#show);
  }

  // The stream

  async #start() {
    const { token, worker } = this.#options;
    const place = { ...this.#options, worker: new URL(worker ?? "worker.js", this.url) };
    this.#token = typeof token === "function" ? await token() : token;
    this.#send = await share(place, (message) => this.#hear(message));
    this.#join();
  }

  #join() {
    const { url, position } = this;
    const isOut = this.#isOffline || this.#word === "stopped";
    this.#send(isOut ? { leave: true } : { join: { url, position, token: this.#token } });
  }

  #hear({ state, rejoin, event, data, position }) {
    if (this.#word === "stopped" || this.#isOffline) return;
    if (rejoin) this.#join();
    if (state) {
      if (state[0] === "stopped") return this.#stop(state[1]);
      this.#word = state[0];
      this.#tell();
    }
    if (event) this.#take(event, data, position);
    if (position) {
      this.position = position;
      this.#pass(data?.txids ?? []);
    }
  }

  #take(event, data, position) {
    for (const listener of this.#listeners) listener({ type: "event", event, data, position });
    let spread = Math.random() * (data.spread ?? 0);
    if (event === "welcome") {
      this.user = data.user;
      this.scopes = data.scopes;
      if (!data.resumed) this.#change.add();
      spread = SETTLING;
    } else if (event === "reset") {
      this.#change.add();
    } else if (event === "invalidate") {
      if (this.#options.appliesOwnWrites && data.origin === this.origin) return;
      this.#change.add(data.tags);
    }
    const due = performance.now() + spread;
    if (this.#timer && event !== "welcome" && this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#apply(), spread);
  }

  #apply() {
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
      waiter.resolve();
    }
  }

  #stop(detail) {
    if (this.#word === "stopped") return;
    this.#word = "stopped";
    this.#detail = detail;
    this.#join();
    clearTimeout(this.#timer);
    for (const { reject } of this.#waiting) reject(new Error(`The stream has stopped: ${detail.detail}`));
    this.#waiting.clear();
    this.#tell();
    if (detail.status) this.#options.onStopped?.(detail);
  }

  #tell() {
    for (const listener of this.#listeners) listener({ type: "state", state: this.state, detail: this.#detail });
  }

  // The page

  #look = () => {
    if (!this.#isHeld) this.#apply();
    this.#tell();
  };

  #hide = () => this.#send({ leave: true });

  #show = ({ persisted }) => {
    if (persisted) this.#join();
  };
}
