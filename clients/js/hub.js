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

export class Hub {
  #ports = new Map(); // each page's port, and the position that it came with while it waits for a welcome
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

  /** @param {{postMessage: Function}} port gets `{state}`, and `{event, data, position}`. */
  join(port, position) {
    clearTimeout(this.#timer);
    this.#ports.set(port, position ?? "");
    if (!this.#stream) {
      this.#timer = setTimeout(() => this.#open(), GATHERING);
    } else if (this.#welcome) {
      this.#catchUp(port);
    }
    port.postMessage({ state: this.#state });
  }

  leave(port) {
    if (!this.#ports.delete(port) || this.#ports.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#stream?.close();
      this.#onEnd();
    }, LINGERING);
  }

  /** From where the page begins that knows least: the others are told a little twice. */
  #open() {
    const positions = [...this.#ports.values()].map(parse).filter((position) => position);
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
    for (const port of this.#ports.keys()) port.postMessage({ state });
    if (state[0] === "stopped") this.#onEnd();
  }

  #hear(event, data, position) {
    if (event === "welcome") {
      const isFirst = !this.#welcome;
      this.#welcome = data;
      if (isFirst || !data.resumed) {
        this.#kept = [];
        this.#base = parse(position);
      }
      if (isFirst) {
        for (const port of this.#ports.keys()) this.#catchUp(port, data.resumed);
        return;
      }
    } else if (event) {
      this.#keep({ event, data, position });
    }
    for (const port of this.#ports.keys()) port.postMessage({ event, data, position });
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
  #catchUp(port, isResumed = true) {
    const own = parse(this.#ports.get(port));
    const base = this.#base;
    const canTell = isResumed && own && base && own.timeline === base.timeline && own.horizon >= base.horizon;
    const welcome = { ...this.#welcome, resumed: Boolean(canTell) };
    port.postMessage({ event: "welcome", data: welcome, position: canTell ? this.#ports.get(port) : this.#stream.position });
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

/** The hubs of one place, by what distinguishes their streams. */
export class Hubs {
  #hubs = new Map();

  /** Takes a page's messages: `{join: {url, token, position}}`, `{leave: true}`. */
  connect(port) {
    let hub;
    return ({ join }) => {
      hub?.leave(port);
      hub = undefined;
      if (!join) return;
      const { url, token, position } = join;
      const key = JSON.stringify([url, token]);
      hub = this.#hubs.get(key);
      if (!hub) {
        const made = new Hub({ url, token }, () => {
          if (this.#hubs.get(key) === made) this.#hubs.delete(key);
        });
        this.#hubs.set(key, (hub = made));
      }
      hub.join(port, position);
    };
  }
}
