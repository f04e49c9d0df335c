// One stream for all pages of a browser. A hub holds it, in a shared worker or in the page that leads, and hands each
// page what that page has not been told yet.

import { parse } from "./position.js";
import { Stream } from "./stream.js";

/** Pages that begin at about the same time share one beginning; milliseconds. */
const GATHERING = 50;

/** So long a stream outlives its last page: a reload finds it; milliseconds. */
const LINGERING = 3000;

/** So many events are kept for pages that come later. */
const KEPT = 500;

/** So long the service may take to say whose the cookie is; milliseconds. */
const PATIENCE = 5000;

/** Names who hears a stream: two that hear the same, in whatever order it is listed, are one to us. */
const whoOf = (told) => told && JSON.stringify([told.user, [...told.scopes].sort()]);

export class Hub {
  #pages = new Map(); // each page's port; while it waits for a welcome with what it knows, `{position, who, isAsked}`
  #kept = [];
  #state = ["connecting"];
  #welcome; // the last one's data
  #base; // where what is kept begins: a page that knows all below it can be told the rest
  #stream;
  #timer;
  #options;
  #onEnd;

  /** @param {Function} onEnd called when nobody uses it any more, or it has stopped. */
  constructor(options, onEnd) {
    this.#options = options;
    this.#onEnd = onEnd;
  }

  /**
   * @param {{postMessage: Function}} port gets `{state}`, and `{event, data, position}`.
   * @param {{position?: string, known?: {user: string, scopes: string[]}}} page what it has been told, as whom.
   */
  join(port, { position, known }) {
    clearTimeout(this.#timer);
    this.#pages.set(port, { position: position ?? "", who: whoOf(known) });
    if (!this.#stream) this.#after(GATHERING, () => this.#open());
    else this.check();
    port.postMessage({ state: this.#state });
  }

  leave(port) {
    if (!this.#pages.delete(port) || this.#pages.size > 0) return;
    this.#after(LINGERING, () => {
      this.#stream?.close();
      this.#onEnd();
    });
  }

  /**
   * Makes sure that the stream is that of whoever asks now, and then welcomes the pages that wait. A token stands for one
   * session; a cookie may have become another's since the stream began, and only the service can tell.
   */
  check() {
    // One that comes back tells it anyway.
    if (this.#state[0] !== "live") return;
    if (this.#options.token) this.#welcomeWaiting(true);
    else this.#after(GATHERING, () => this.#recognize());
  }

  async #recognize() {
    const stream = this.#stream;
    // Whoever joins from now on may have seen a newer cookie.
    const waiting = this.#waiting;
    const who = await askWho(this.#options.url);
    if (this.#stream !== stream || this.#state[0] !== "live") return;
    if (who === whoOf(this.#welcome)) {
      for (const port of waiting) if (this.#pages.get(port)) this.#catchUp(port, true);
      return;
    }
    stream.close();
    const known = { position: stream.position, who: whoOf(this.#welcome) };
    for (const [port, waits] of this.#pages) this.#pages.set(port, waits ?? known);
    this.#welcome = undefined;
    this.#open();
  }

  get #waiting() {
    return [...this.#pages.keys()].filter((port) => this.#pages.get(port));
  }

  #after(milliseconds, action) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, milliseconds);
  }

  /** From where the page begins that knows least: the others are told a little twice. */
  #open() {
    const positions = this.#waiting.map((port) => parse(this.#pages.get(port).position)).filter(Boolean);
    const timeline = positions[0]?.timeline;
    const horizons = positions.filter((position) => position.timeline === timeline).map(({ horizon }) => horizon);
    const least = horizons.length > 0 ? horizons.reduce((a, b) => (a < b ? a : b)) : undefined;
    this.#stream = new Stream(
      { ...this.#options, position: timeline && `${timeline}-${least}` },
      { state: (...state) => this.#setState(state), event: (...event) => this.#hear(...event) },
    );
  }

  #setState(state) {
    this.#state = state;
    // What is asked from now on goes with the cookie that these pages have, or with a newer one.
    if (state[0] === "connecting") for (const waits of this.#pages.values()) if (waits) waits.isAsked = true;
    for (const port of this.#pages.keys()) port.postMessage({ state });
    if (state[0] === "stopped") this.#onEnd();
  }

  #hear(event, data, position) {
    if (event === "welcome") return this.#begin(data, position);
    if (event) this.#keep({ event, data, position });
    for (const [port, waits] of this.#pages) if (!waits) port.postMessage({ event, data, position });
  }

  #begin(data, position) {
    const isOther = whoOf(this.#welcome) !== whoOf(data);
    this.#welcome = data;
    if (isOther || !data.resumed) {
      this.#kept = [];
      this.#base = parse(position);
    }
    for (const [port, waits] of this.#pages) {
      if (waits?.isAsked || (waits && this.#options.token)) this.#catchUp(port, data.resumed);
      else if (!waits) port.postMessage({ event: "welcome", data: { ...data, resumed: data.resumed && !isOther }, position });
    }
    // Whoever has come since it was asked may have a newer cookie.
    if (this.#waiting.length > 0) this.check();
  }

  #welcomeWaiting(isResumed) {
    for (const port of this.#waiting) this.#catchUp(port, isResumed);
  }

  #keep(told) {
    this.#kept.push(told);
    if (this.#kept.length <= KEPT) return;
    const { txids } = this.#kept.shift().data;
    // Whoever comes later must know of all that was in it; without ids nobody can.
    if (!txids) this.#base = undefined;
    for (const txid of txids ?? []) {
      if (this.#base && BigInt(txid) >= this.#base.horizon) this.#base.horizon = BigInt(txid) + 1n;
    }
  }

  /**
   * Tells a page what it has missed of what the stream has told, or that it cannot know.
   *
   * @param {boolean} isResumed whether the stream has gone on from where it was asked to.
   */
  #catchUp(port, isResumed) {
    const { position, who } = this.#pages.get(port);
    this.#pages.set(port, undefined);
    const own = parse(position);
    const base = this.#base;
    const isSame = who === undefined || who === whoOf(this.#welcome);
    const canTell = isResumed && isSame && own && base && own.timeline === base.timeline && own.horizon >= base.horizon;
    const welcome = { ...this.#welcome, resumed: Boolean(canTell) };
    port.postMessage({ event: "welcome", data: welcome, position: canTell ? position : this.#stream.position });
    if (!canTell) return;
    for (const told of this.#kept) {
      const isNews =
        !told.data.txids ||
        (parse(told.position)?.horizon ?? own.horizon) >= own.horizon ||
        told.data.txids.some((txid) => BigInt(txid) >= own.horizon);
      if (isNews) port.postMessage(told);
    }
    port.postMessage({ position: this.#stream.position });
  }
}

/** Whose the browser's cookie is now; nothing where the service does not say. */
async function askWho(url) {
  const { origin, pathname } = new URL(url);
  try {
    const response = await fetch(`${origin}${pathname.replace(/\/(sse)?$/, "")}/session`, {
      credentials: "include",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (response.status === 200) return whoOf(await response.json());
  } catch {
    // A stream that begins anew will tell.
  }
}

/** The hubs of one place, by what distinguishes their streams. */
export class Hubs {
  #hubs = new Map();

  /** Takes a page's messages: `{join: {id, url, token, position, known}}`, `{check: true}`, `{leave: true}`. */
  connect(port) {
    let hub;
    let seat;
    return ({ join, check }) => {
      if (check) return hub?.check();
      hub?.leave(seat);
      hub = undefined;
      if (!join) return;
      const { id, url, token } = join;
      // A page that has joined again hears nothing more of what it had joined before.
      seat = { postMessage: (message) => port.postMessage({ ...message, join: id }) };
      const key = JSON.stringify([url, token]);
      hub = this.#hubs.get(key);
      if (!hub) {
        const made = new Hub({ url, token }, () => {
          if (this.#hubs.get(key) === made) this.#hubs.delete(key);
        });
        this.#hubs.set(key, (hub = made));
      }
      hub.join(seat, join);
    };
  }
}
