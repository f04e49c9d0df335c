// Two panels, each as if it were a browser of its own: a user's token, a query, and a stream. No state is shared.

import { EventStream } from "./stream.js";

const byID = (id) => document.getElementById(id);
const copyOf = (id) => byID(id).content.firstElementChild.cloneNode(true);

/** The tags of the one query that a panel caches: the list of all to-dos that its user may see. */
const queryTags = [["todos"]];

/** Whether one tag is a prefix of the other, segment by segment. */
const covers = (tag, other) => tag.length <= other.length && tag.every((part, i) => String(part) === String(other[i]));

/** A cached query is stale when an invalidated tag covers at least one of its tags. */
const isStale = (tags) => tags.some((tag) => queryTags.some((own) => covers(tag, own)));

const textOf = (tag) => tag.map((part) => String(part).replaceAll("%", "%25").replaceAll("/", "%2F")).join("/");

/** Runs a CSS animation, also when it is running already. */
function flash(element) {
  element.classList.remove("fresh");
  void element.offsetWidth;
  element.classList.add("fresh");
}

class Panel {
  constructor(user, others) {
    this.user = user;
    this.others = others;
    this.refetches = 0;
    this.todos = [];
    this.element = copyOf("panel");
    this.element.dataset.user = user.id;
    this.find(".avatar").textContent = user.name[0];
    this.find("h2").textContent = user.name;
    this.find(".owned-title").textContent = `${user.name}’s own`;
    this.find(".log").setAttribute("aria-label", `What ${user.name} has heard`);
    this.find(".add").addEventListener("submit", (event) => this.add(event));
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  /** Data and position are read in one snapshot, so that the stream begins exactly where the data ends. */
  async start() {
    const position = await this.fetchTodos();
    this.stream = new EventStream("api/invalidator/sse", this.user.token, position, {
      state: (state, reason) => this.show(state, reason),
      event: (event) => this.hear(event),
    });
    this.stream.run();
  }

  async request(method, path, body) {
    const response = await fetch(path, {
      method,
      headers: { Authorization: `Bearer ${this.user.token}`, "Content-Type": "application/json" },
      body: body && JSON.stringify(body),
      cache: "no-store",
    });
    if (response.ok) return response;
    const problem = await response.json().catch(() => ({}));
    throw new Error(problem.detail ?? `The demo answers ${response.status}.`);
  }

  async attempt(action) {
    const error = this.find(".error");
    try {
      await action();
      error.hidden = true;
    } catch (failure) {
      error.textContent = failure.message;
      error.hidden = false;
    }
  }

  async fetchTodos() {
    let position;
    await this.attempt(async () => {
      const answer = await (await this.request("GET", "todos")).json();
      position = answer.position;
      this.todos = answer.todos;
      this.render();
    });
    return position;
  }

  /** One refetch at a time: what goes stale meanwhile is fetched by the one after it. */
  async refetch(changed) {
    for (const id of changed) this.pending.add(id);
    if (this.isFetching) {
      this.isStaleAgain = true;
      return;
    }
    this.isFetching = true;
    do {
      this.isStaleAgain = false;
      const ids = this.pending;
      this.pending = new Set();
      await this.fetchTodos();
      this.refetches += 1;
      this.find(".number").textContent = this.refetches;
      this.find(".unit").textContent = this.refetches === 1 ? "refetch" : "refetches";
      flash(this.element);
      flash(this.find(".count"));
      for (const id of ids) {
        const row = this.find(`li[data-id="${CSS.escape(id)}"]`);
        if (row) flash(row);
      }
    } while (this.isStaleAgain);
    this.isFetching = false;
  }

  pending = new Set();

  hear({ name, data }) {
    this.log(name, data);
    if (name === "welcome") {
      this.find(".scopes").textContent = `hears ${data.scopes.join(", ")}`;
      if (!data.resumed) this.refetch([]);
    } else if (name === "reset") {
      this.refetch([]);
    } else if (name === "invalidate" && isStale(data.tags)) {
      this.refetch(data.tags.filter((tag) => tag[0] === "todo" && tag.length > 1).map((tag) => String(tag[1])));
    }
  }

  show(state, reason) {
    const element = this.find(".state");
    element.dataset.state = state;
    element.querySelector(".word").textContent = state;
    element.title = reason ?? "";
    if (state === "ended") this.log("ended", { reason });
  }

  log(name, data) {
    const line = document.createElement("li");
    const append = (kind, className, text) => {
      const part = document.createElement(kind);
      part.className = className;
      part.textContent = text;
      line.append(part);
    };
    const now = new Date();
    append("time", "", `${now.toTimeString().slice(0, 8)}.${String(now.getMilliseconds()).padStart(3, "0")}`);
    append("span", "name", name);
    for (const tag of data.tags ?? []) append("span", "chip", textOf(tag));
    if (name === "invalidate") append("span", "scope", `to ${data.scopes.join(", ")}`);
    if (name === "welcome") append("span", "scope", data.resumed ? "resumed" : "from now on");
    if (data.reason) append("span", "scope", data.reason);
    const log = this.find(".log");
    log.prepend(line);
    while (log.children.length > 50) log.lastChild.remove();
  }

  /** Rows are kept where they can be, so that the keyboard's focus stays where it is. */
  render() {
    const kept = new Map([...this.element.querySelectorAll(".todos li")].map((row) => [row.dataset.id, row]));
    const lists = { owned: [], shared: [] };
    for (const todo of this.todos) {
      const row = kept.get(String(todo.id)) ?? copyOf("todo");
      this.fill(row, todo);
      (todo.owner === null ? lists.shared : lists.owned).push(row);
    }
    for (const [name, rows] of Object.entries(lists)) {
      const list = this.find(`.${name}`);
      const isSame = rows.length === list.children.length && rows.every((row, i) => row === list.children[i]);
      if (isSame) continue;
      const focused = document.activeElement;
      list.replaceChildren(...rows);
      if (list.contains(focused)) focused.focus();
    }
  }

  fill(row, todo) {
    const path = `todos/${todo.id}`;
    row.dataset.id = todo.id;
    row.classList.toggle("done", todo.done);
    row.querySelector(".title").textContent = todo.title;
    const box = row.querySelector("input");
    box.checked = todo.done;
    box.onchange = () => this.attempt(() => this.request("PATCH", path, { done: box.checked }));
    const remove = row.querySelector(".delete");
    remove.setAttribute("aria-label", `Delete ${todo.title}`);
    remove.onclick = () => this.attempt(() => this.request("DELETE", path));

    const moves = row.querySelector(".moves");
    if (moves.dataset.owner === String(todo.owner)) return;
    moves.dataset.owner = String(todo.owner);
    const targets = todo.owner === null
      ? [{ text: "Keep", to: this.user.id, title: `Make it ${this.user.name}’s own` }]
      : [
          ...this.others.map((other) => ({ text: `→ ${other.name}`, to: other.id, title: `Give it to ${other.name}` })),
          { text: "Share", to: "shared", title: "Share it with both" },
        ];
    moves.replaceChildren(...targets.map(({ text, to, title }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.title = title;
      button.onclick = () => this.attempt(() => this.request("PATCH", path, { owner: to }));
      return button;
    }));
  }

  async add(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const owner = event.submitter?.value === "shared" ? "shared" : this.user.id;
    await this.attempt(async () => {
      await this.request("POST", "todos", { title: form.title.value, owner });
      form.reset();
    });
  }
}

function showCommands(commands) {
  byID("commands").replaceChildren(...commands.map(({ purpose, command }) => {
    const item = document.createElement("li");
    const copy = document.createElement("button");
    copy.type = "button";
    copy.textContent = "Copy";
    copy.setAttribute("aria-label", `Copy: ${purpose}`);
    copy.onclick = async () => {
      await navigator.clipboard.writeText(command);
      copy.textContent = "Copied";
      setTimeout(() => { copy.textContent = "Copy"; }, 1500);
    };
    const text = document.createElement("div");
    const what = document.createElement("p");
    what.textContent = purpose;
    const code = document.createElement("code");
    code.textContent = command;
    text.append(what, code);
    item.append(copy, text);
    return item;
  }));
}

const { users, commands } = await (await fetch("demo.json", { cache: "no-store" })).json();
const panels = users.map((user) => new Panel(user, users.filter((other) => other !== user)));
byID("panels").replaceChildren(...panels.map((panel) => panel.element));
showCommands(commands);
for (const panel of panels) panel.start();
