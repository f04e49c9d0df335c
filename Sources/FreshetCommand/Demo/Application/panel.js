// One user's panel, as if it were a browser of its own: a token, a query cache, and a stream. It shares nothing with
// the other one.

import { connect } from "./api/invalidator/client.js";
import { tanstack } from "./api/invalidator/tanstack.js";
import { QueryClient } from "./cache.js";
import { Heard } from "./heard.js";
import { Rows, flash } from "./rows.js";

/** Why there is no answer. Without one of the application's own nobody knows whether a write has been done. */
class Refusal extends Error {
  constructor(status, detail) {
    super(detail);
    this.isCertain = status < 500;
  }
}

/** What a list is after a write, by the write's answer. */
function merge(todos, { changed, gone }) {
  const merged = new Map([...todos, ...changed].map((todo) => [todo.id, todo]));
  for (const id of gone) merged.delete(id);
  return [...merged.values()].sort((a, b) => a.id - b.id);
}

export class Panel {
  #user;
  #token;
  #cache = new QueryClient();
  #client;
  #query;
  #position;
  #heard;
  #rows;
  #onCommands;
  #isSigning = false;
  #turn = Promise.resolve();
  #refetches = 0;
  #ownWrites = 0;

  /**
   * @param user `id`, `name`, and the `token` where the user is signed in.
   * @param {Function} onCommands gets the lines to paste when they change.
   */
  constructor(element, user, others, onCommands) {
    this.element = element;
    this.#user = user;
    this.#token = user.token;
    this.#onCommands = onCommands;
    element.dataset.user = user.id;
    element.setAttribute("aria-label", user.name);
    this.#find(".avatar").textContent = user.name[0];
    this.#find("h2").textContent = user.name;
    this.#find(".owned-title").textContent = `${user.name}’s own`;
    this.#find(".log").setAttribute("aria-label", `What ${user.name} has heard`);
    this.#find(".add").addEventListener("submit", (event) => this.#add(event));
    this.#find(".all").addEventListener("click", () => this.#setAllDone());
    this.#find(".sign").addEventListener("click", () => this.#sign());
    this.#find(".retry").addEventListener("click", () => this.#query.refresh());
    this.#find(".offline input").addEventListener("change", ({ target }) => (this.#client.offline = target.checked));
    this.#heard = new Heard(this.#find(".log"));
    this.#rows = new Rows(element, user, others, (...change) => this.#write(...change));
  }

  #find(selector) {
    return this.element.querySelector(selector);
  }

  start() {
    this.#query = this.#cache.add({
      queryKey: ["todos"],
      meta: { tags: [["todos"]] },
      queryFn: () => this.#fetch(),
      onData: (...data) => this.#show(...data),
      onError: (error) => this.#complain(error.message, true),
    });
    if (this.#token) return this.#begin();
    this.#showState("stopped");
    this.#end(`${this.#user.name} is signed out.`);
  }

  /** Data and position are read in one snapshot, so that the stream begins exactly where the data ends. */
  async #begin() {
    this.#query.isActive = true;
    await this.#query.refresh();
    if (this.#client) return this.#client.reconnect();
    this.#client = connect({
      url: "api/invalidator/sse",
      token: () => this.#token,
      position: this.#position,
      appliesOwnWrites: true,
      onStopped: ({ status, detail }) => {
        const { name } = this.#user;
        this.#heard.add("stopped", {}, detail);
        this.#end(status === 401 ? `${name} is signed out.` : `${name}’s stream has stopped.`, detail);
      },
    }).use(tanstack(this.#cache));
    this.#client.listen((told) => this.#hear(told));
    this.#showState(this.#client.state);
  }

  /** Whoever sits here now is to see nothing. */
  #end(why, detail) {
    this.#query.clear();
    this.#rows.show([]);
    this.#complain();
    this.#find(".why").textContent = why;
    this.#find(".detail").textContent = detail ? `The service says: ${detail}` : "";
    this.#find(".scopes").textContent = "hears nothing";
    this.#showSigned(false);
  }

  // The server

  async #request(method, path, body) {
    if (this.#client?.offline) throw new Refusal(0, `${this.#user.name} is offline. Nothing is sent meanwhile.`);
    const headers = { "Content-Type": "application/json" };
    if (this.#token) headers.Authorization = `Bearer ${this.#token}`;
    if (this.#client) headers["Freshet-Origin"] = this.#client.origin;
    const asking = fetch(path, { method, headers, body: body && JSON.stringify(body), cache: "no-store" });
    const response = await asking.catch(() => {
      throw new Refusal(undefined, "The demo does not answer.");
    });
    if (response.ok) return response.status === 204 ? undefined : response.json();
    const problem = await response.json().catch(() => ({}));
    throw new Refusal(response.status, problem.detail ?? `The demo answers ${response.status}.`);
  }

  async #fetch() {
    const { todos, position } = await this.#request("GET", "todos");
    this.#position = position;
    return todos;
  }

  /**
   * Asks for a change, and applies the answer; the stream passes the echo over.
   *
   * One after the other: of two answers that overtake each other, the older one would stay in the page.
   */
  #write(method, path, body) {
    this.#turn = this.#turn.then(() => this.#attempt(async () => {
      const { fetches } = this.#query;
      const answer = await this.#request(method, path, body);
      this.#ownWrites += 1;
      this.#query.update(fetches, (todos) => merge(todos, answer));
      this.#showCounts();
    }));
    return this.#turn;
  }

  /** Whether an action succeeds; why not stands in the panel. */
  async #attempt(action) {
    try {
      await action();
      this.#complain();
      return true;
    } catch (error) {
      this.#complain(error.message);
      // What the user has ticked is not so; or nobody knows.
      this.#rows.show(this.#query.data ?? []);
      if (!error.isCertain) this.#query.invalidate();
      return false;
    }
  }

  // The stream

  #hear(told) {
    if (told.type === "state") this.#showState(told.state);
    if (told.type !== "event") return;
    const { event, data } = told;
    if (event === "welcome") {
      this.#find(".scopes").textContent = `hears ${data.scopes.join(", ")}`;
      this.#heard.add(event, {}, data.resumed ? "resumed" : "from now on");
    } else {
      const isOwn = data.origin === this.#client.origin;
      this.#heard.add(event, data, isOwn ? "own write, passed over" : data.reason);
    }
  }

  #showState(state) {
    const element = this.#find(".state");
    element.dataset.state = state;
    element.querySelector(".word").textContent = state;
    // The debug panel has a switch too.
    this.#find(".offline input").checked = this.#client?.offline ?? false;
    // A fetch that failed is made up for when the way is free again.
    if (state === "live") this.#query.refresh();
  }

  /** The stream ends by a sign-out, and the panel shows what the stream says. */
  async #sign() {
    if (this.#isSigning) return;
    this.#isSigning = true;
    await this.#attempt(async () => {
      if (this.#query.isActive) return this.#request("POST", "sign-out");
      const { users, commands } = await this.#request("POST", "sign-in", { user: this.#user.id });
      this.#token = users.find(({ id }) => id === this.#user.id).token;
      this.#onCommands(commands);
      await this.#begin();
      this.#showSigned(true);
    });
    this.#isSigning = false;
  }

  // What it shows

  #show(todos, before, isFetched) {
    this.#rows.show(todos);
    const isAnyOpen = todos.some(({ done }) => !done);
    const all = this.#find(".all");
    all.textContent = isAnyOpen ? "Mark all done" : "Mark all not done";
    all.hidden = todos.length === 0;
    if (!isFetched) return;
    if (!this.#find(".retry").hidden) this.#complain();
    if (!before) return;
    this.#refetches += 1;
    this.#showCounts();
    this.#rows.flash(todos, before);
    flash(this.element);
    flash(this.#find(".refetches"));
  }

  #showCounts() {
    const show = (selector, count, one, many) => {
      this.#find(`${selector} .number`).textContent = count;
      this.#find(`${selector} .unit`).textContent = count === 1 ? one : many;
    };
    show(".refetches", this.#refetches, "refetch", "refetches");
    show(".own", this.#ownWrites, "own write", "own writes");
  }

  #showSigned(isIn) {
    this.element.classList.toggle("signed-out", !isIn);
    this.#find(".sign").textContent = isIn ? "Sign out" : "Sign in";
  }

  #complain(text = "", canTryAgain = false) {
    // The button that has the focus may go.
    if (!canTryAgain && document.activeElement === this.#find(".retry")) this.#find(".sign").focus();
    this.#find(".error").hidden = !text;
    this.#find(".error span").textContent = text;
    this.#find(".retry").hidden = !canTryAgain;
  }

  // What its user does

  async #add(event) {
    event.preventDefault();
    const { title } = event.currentTarget;
    const text = title.value;
    const owner = event.submitter?.value === "shared" ? "shared" : this.#user.id;
    const isAdded = await this.#write("POST", "todos", { title: text, owner });
    // What has been typed meanwhile stays, and so does what was refused.
    if (isAdded && title.value === text) title.value = "";
  }

  #setAllDone() {
    return this.#write("PATCH", "todos", { done: this.#query.data.some(({ done }) => !done) });
  }
}
