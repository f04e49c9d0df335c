// A panel's to-dos as rows: the user's own, and what is shared.

const copyOf = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

/** Runs a CSS animation, also when it is running already. */
export function flash(element) {
  element.classList.remove("fresh");
  void element.offsetWidth;
  element.classList.add("fresh");
}

export class Rows {
  #panel;
  #lists;
  #user;
  #others;
  #write;

  /**
   * @param {Element} panel has a list `.owned` and a list `.shared`.
   * @param {Function} write asks for a change: `write(method, path, body)`.
   */
  constructor(panel, user, others, write) {
    this.#panel = panel;
    this.#lists = { owned: panel.querySelector(".owned"), shared: panel.querySelector(".shared") };
    this.#user = user;
    this.#others = others;
    this.#write = write;
  }

  get #all() {
    return [...this.#panel.querySelectorAll(".todos li")];
  }

  /** Rows are kept where they can be, and the keyboard's focus with them. */
  show(todos) {
    const focused = this.#all.some((row) => row.contains(document.activeElement)) ? document.activeElement : null;
    const kept = new Map(this.#all.map((row) => [row.dataset.id, row]));
    const row = focused?.closest("li");
    const place = this.#all.indexOf(row);
    const rows = { owned: [], shared: [] };
    for (const todo of todos) {
      const row = kept.get(String(todo.id)) ?? copyOf("todo");
      this.#fill(row, todo);
      rows[todo.owner === null ? "shared" : "owned"].push(row);
    }
    for (const [name, list] of Object.entries(this.#lists)) {
      const wanted = rows[name];
      const isSame = list.children.length === wanted.length && wanted.every((row, i) => row === list.children[i]);
      if (!isSame) list.replaceChildren(...wanted);
    }
    if (focused && document.activeElement !== focused) this.#focusAgain(focused, row, place);
  }

  /** What had the focus, or what is nearest to it now: never the top of the page. */
  #focusAgain(focused, row, place) {
    const next = row.isConnected ? row : this.#all[place] ?? this.#all.at(-1);
    const near = next?.querySelector("input") ?? this.#panel.querySelector(".add input");
    (focused.isConnected ? focused : near).focus({ preventScroll: true });
  }

  /** Lights up the rows that are not what they were. */
  flash(todos, before) {
    const old = new Map(before.map((todo) => [todo.id, JSON.stringify(todo)]));
    const changed = todos.filter((todo) => old.get(todo.id) !== JSON.stringify(todo)).map(({ id }) => String(id));
    for (const row of this.#all) if (changed.includes(row.dataset.id)) flash(row);
  }

  #fill(row, todo) {
    const path = `todos/${todo.id}`;
    row.dataset.id = todo.id;
    row.classList.toggle("done", todo.done);
    row.querySelector(".title").textContent = todo.title;
    const box = row.querySelector("input");
    box.checked = todo.done;
    box.onchange = () => this.#write("PATCH", path, { done: box.checked });
    const remove = row.querySelector(".delete");
    remove.setAttribute("aria-label", `Delete ${todo.title}`);
    remove.onclick = () => this.#write("DELETE", path);

    const moves = row.querySelector(".moves");
    const whose = `${todo.owner} ${todo.title}`;
    if (moves.dataset.whose === whose) return;
    moves.dataset.whose = whose;
    moves.replaceChildren(...this.#targets(todo).map(({ text, to, label }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.title = label;
      button.setAttribute("aria-label", `${label}: ${todo.title}`);
      button.onclick = () => this.#write("PATCH", path, { owner: to });
      return button;
    }));
  }

  #targets({ owner }) {
    const { id, name } = this.#user;
    if (owner === null) return [{ text: "Keep", to: id, label: `Keep as ${name}’s own` }];
    return [
      ...this.#others.map((other) => ({ text: `→ ${other.name}`, to: other.id, label: `→ ${other.name}’s own` })),
      { text: "Share", to: "shared", label: "Share with both" },
    ];
  }
}
