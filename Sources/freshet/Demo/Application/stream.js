// A stream read with fetch, because EventSource can send no Authorization header, and two users in one page cannot have
// one cookie each.

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class EventStream {
  /**
   * @param {string} position Where to begin: everything before it is known already.
   * @param {{ state: function(string, string=), event: function({name: string, data: object}) }} listener
   */
  constructor(url, token, position, listener) {
    this.url = url;
    this.token = token;
    this.lastEventID = position ?? "";
    this.listener = listener;
    this.retry = 1000;
    this.failures = 0;
  }

  /** Reads until the service says that there is no use in asking again. */
  async run() {
    for (;;) {
      this.listener.state("connecting");
      try {
        const refusal = await this.read();
        if (refusal) {
          this.listener.state("ended", refusal);
          return;
        }
      } catch {
        // The network, or the service while it starts again: the next attempt will tell.
      }
      this.listener.state("waiting");
      const step = Math.min(this.retry * 2 ** this.failures, Math.max(this.retry, 30_000));
      this.failures = Math.min(this.failures + 1, 10);
      await pause(step * (1 + Math.random() / 2));
    }
  }

  async read() {
    const headers = { Authorization: `Bearer ${this.token}`, Accept: "text/event-stream" };
    if (this.lastEventID) headers["Last-Event-ID"] = this.lastEventID;
    const response = await fetch(this.url, { headers, cache: "no-store" });
    if (!response.ok) {
      const problem = await response.json().catch(() => ({}));
      return response.status < 500 ? problem.detail ?? `refused (${response.status})` : undefined;
    }
    let rest = "";
    let block = { name: "", data: [], id: undefined };
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        if (line !== "") {
          this.take(line, block);
        } else {
          this.dispatch(block);
          block = { name: "", data: [], id: undefined };
        }
      }
    }
  }

  take(line, block) {
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") block.name = value;
    if (field === "data") block.data.push(value);
    if (field === "id") block.id = value;
    if (field === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
  }

  dispatch({ name, data, id }) {
    if (id !== undefined) this.lastEventID = id;
    if (data.length === 0) return;
    if (name === "welcome") {
      this.failures = 0;
      this.listener.state("live");
    }
    this.listener.event({ name, data: JSON.parse(data.join("\n")) });
  }
}
