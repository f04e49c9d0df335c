// One stream of the service, over fetch: it comes back after whatever ended it, and keeps the position (CONTRACT.md §5).

/** Told so long nothing at all, it takes the connection for dead: several heartbeats, milliseconds. */
const SILENCE = 50_000;
const LONGEST_WAIT = 30_000;

/** Statuses under 500 that say nothing about who asks. */
const PASSING = new Set([408, 425, 429]);

export class Stream {
  #url;
  #token;
  #told;
  #attempt;
  #wake = () => {};
  #isClosed = false;
  #failures = 0;
  #retry = 1000;

  /**
   * @param {{url: string, token?: string, position?: string}} options position: everything before it is known already.
   * @param {{state: Function, event: Function}} told `state(word, detail)`; `event(name, data, position)`, where only
   *   the position moves without a name.
   */
  constructor({ url, token, position }, told) {
    this.#url = url;
    this.#token = token;
    this.position = position ?? "";
    this.#told = told;
    addEventListener("online", this.#onLine);
    addEventListener("offline", this.#onLine);
    this.#run();
  }

  close() {
    this.#isClosed = true;
    removeEventListener("online", this.#onLine);
    removeEventListener("offline", this.#onLine);
    this.#attempt?.abort();
    this.#wake();
  }

  #onLine = () => {
    if (navigator.onLine === false) this.#attempt?.abort();
    this.#wake();
  };

  async #run() {
    while (!this.#isClosed) {
      if (navigator.onLine === false) {
        this.#told.state("offline");
        await this.#sleep();
        continue;
      }
      this.#told.state("connecting");
      let end = {};
      try {
        end = await this.#read();
      } catch {
        // The network, or a service that starts again: the next attempt tells.
      }
      if (this.#isClosed) return;
      if (end.stopped) {
        this.close();
        this.#told.state("stopped", end.stopped);
        return;
      }
      // Whoever was logged out learns it from the next answer, and at once.
      const isLoggedOut = this.#failures === 0 && (end.goaway === "revoked" || end.goaway === "expired");
      const wait = Math.max(end.wait ?? 0, Math.min(this.#retry * 2 ** this.#failures, LONGEST_WAIT));
      this.#failures = Math.min(this.#failures + 1, 10);
      this.#told.state(navigator.onLine === false ? "offline" : "connecting");
      if (!isLoggedOut) await this.#sleep(wait * (0.75 + Math.random() / 2));
    }
  }

  /** Until so many milliseconds have passed, or the network has come or gone. */
  #sleep(milliseconds) {
    return new Promise((resolve) => {
      const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** One connection, to its end; what it says about the next one. */
  async #read() {
    const attempt = (this.#attempt = new AbortController());
    let watchdog;
    const isAlive = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => attempt.abort(), SILENCE);
    };
    try {
      isAlive();
      const headers = { Accept: "text/event-stream" };
      if (this.#token) headers.Authorization = `Bearer ${this.#token}`;
      if (this.position) headers["Last-Event-ID"] = this.position;
      const response = await fetch(this.#url, {
        headers,
        credentials: "include",
        cache: "no-store",
        signal: attempt.signal,
      });
      if (response.status !== 200) return await this.#refusal(response);
      const end = {};
      let rest = "";
      let block = {};
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return end;
        isAlive();
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        for (const line of lines) {
          if (/^\r?$/.test(line)) {
            this.#dispatch(block, end);
            block = {};
          } else {
            take(line, block);
          }
        }
      }
    } finally {
      clearTimeout(watchdog);
      attempt.abort();
    }
  }

  async #refusal(response) {
    const { status } = response;
    const seconds = Number(response.headers.get("Retry-After")) || 0;
    if (status >= 500 || PASSING.has(status)) return { wait: seconds * 1000 };
    const problem = await response.json().catch(() => ({}));
    return { stopped: { status, detail: problem.detail ?? `The service answers ${status}.` } };
  }

  #dispatch({ event, data, id, retry }, end) {
    if (this.#isClosed) return;
    if (retry !== undefined) this.#retry = retry;
    if (id) this.position = id;
    if (data === undefined) {
      if (id) this.#told.event(undefined, undefined, id);
      return;
    }
    const told = JSON.parse(data);
    if (event === "goaway") {
      end.goaway = told.reason;
      return;
    }
    if (event === "welcome") {
      this.#failures = 0;
      this.#told.state("live");
    }
    this.#told.event(event, told, this.position);
  }
}

/** Takes one line of a block (WHATWG HTML, 9.2.6). */
function take(line, block) {
  const [, field, value] = /^([^:]*):? ?(.*?)\r?$/s.exec(line);
  if (field === "event" || field === "id") block[field] = value;
  if (field === "data") block.data = block.data === undefined ? value : `${block.data}\n${value}`;
  if (field === "retry" && /^\d+$/.test(value)) block.retry = Number(value);
}
