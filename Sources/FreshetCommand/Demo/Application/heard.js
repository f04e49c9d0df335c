// The list of what a panel's stream has told.

import { textOf } from "./api/invalidator/client.js";

const MOST_LINES = 50;

export class Heard {
  #list;

  constructor(list) {
    this.#list = list;
  }

  /** @param {string} [note] what became of it, or why. */
  add(name, { tags = [], scopes } = {}, note) {
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
    for (const tag of tags) append("span", "chip", textOf(tag));
    if (scopes) append("span", "scope", `to ${scopes.join(", ")}`);
    if (note) append("span", "note", note);
    this.#list.prepend(line);
    while (this.#list.children.length > MOST_LINES) this.#list.lastChild.remove();
  }
}
