// What a page has and Node lacks, and a service that says what a test tells it to.

import { createServer } from "node:http";

const listeners = new EventTarget();
globalThis.navigator = { onLine: true };
globalThis.addEventListener = (...words) => listeners.addEventListener(...words);
globalThis.removeEventListener = (...words) => listeners.removeEventListener(...words);

/** The network comes or goes. */
export function setOnline(isOnline) {
  navigator.onLine = isOnline;
  listeners.dispatchEvent(new Event(isOnline ? "online" : "offline"));
}

/** One value after another, waited for. */
export class Inbox {
  #values = [];
  #waiting = [];

  put = (value) => {
    const wait = this.#waiting.shift();
    if (wait) wait(value);
    else this.#values.push(value);
  };

  next() {
    return this.#values.length > 0 ? this.#values.shift() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The next that fits; those before it are forgotten. */
  async until(fits) {
    for (;;) {
      const value = await this.next();
      if (fits(value)) return value;
    }
  }

  get isEmpty() {
    return this.#values.length === 0;
  }
}

/** A page as a hub sees it: what it was told, and its place in the stream. */
export class Page {
  #inbox = new Inbox();
  position = "";

  constructor(hubs) {
    this.hear = hubs.connect({ postMessage: (message) => this.#take(message) });
  }

  #take({ event: name, data, position, state }) {
    if (position) this.position = position;
    if (name) this.#inbox.put([name, data.resumed ?? data.reason ?? data.tags]);
    if (state) this.state = state;
  }

  /** @param {object} [more] what else the page says of itself. */
  join(url, position = this.position, more = {}) {
    this.hear({ join: { url, position, ...more } });
    return this;
  }

  leave() {
    this.hear({ leave: true });
  }

  next = () => this.#inbox.next();

  get isSilent() {
    return this.#inbox.isEmpty;
  }
}

/** A stream's events as text: `event("reset", {reason: "gap"}, "t-7")`. */
export const event = (name, data, id) =>
  `${id ? `id: ${id}\n` : ""}${name ? `event: ${name}\ndata: ${JSON.stringify(data)}\n` : ""}\n`;

export const welcome = (id, resumed, user = "1") => event("welcome", { user, scopes: ["global"], resumed }, id);

/**
 * Runs `body` with a service; each request for a stream waits in `requests` for an answer, and `asker.who` is whose
 * session the service says that the cookie is.
 */
export async function withService(body) {
  const requests = new Inbox();
  const asker = { who: { user: "1", scopes: ["global"] } };
  const open = new Set();
  const server = createServer((request, response) => {
    if (request.url === "/session") {
      response.writeHead(asker.who ? 200 : 401, { "Content-Type": "application/json" });
      response.end(JSON.stringify(asker.who ?? {}));
      return;
    }
    open.add(response);
    response.on("close", () => open.delete(response));
    requests.put({
      headers: request.headers,
      closed: new Promise((resolve) => response.on("close", resolve)),
      stream(...parts) {
        response.writeHead(200, { "Content-Type": "text/event-stream" });
        for (const part of parts) response.write(part);
        return response;
      },
      refuse(status, detail, headers = {}) {
        response.writeHead(status, { "Content-Type": "application/problem+json", ...headers });
        response.end(JSON.stringify({ status, detail }));
      },
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await body({ url: `http://127.0.0.1:${server.address().port}/sse`, requests, asker });
  } finally {
    for (const response of open) response.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
