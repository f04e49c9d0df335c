// A panel that shows what the stream tells a page, and how many queries it made stale. Opt-in: `?freshet-debug`.

import { textOf } from "./tags.js";

const MOST_LINES = 100;

const STYLE = `
  :host { all: initial; position: fixed; inset: auto 0.75rem 0.75rem auto; z-index: 2147483647; color-scheme: light dark;
    display: flex; flex-flow: row wrap; align-items: end; justify-content: end; gap: 0.5rem;
    max-width: calc(100vw - 1.5rem); font: 12px/1.5 ui-monospace, Menlo, Consolas, monospace; pointer-events: none; }
  details { pointer-events: auto; width: min(30rem, calc(100vw - 1.5rem));
    background: light-dark(#fff, #161d22); color: light-dark(#16222c, #e4ecf1);
    border: 1px solid light-dark(#c4ced5, #3a4750); border-radius: 8px; box-shadow: 0 4px 18px rgb(0 0 0 / 0.2); }
  summary { padding: 0.4rem 0.7rem; cursor: pointer; display: flex; gap: 0.6rem; align-items: baseline; }
  summary b { color: light-dark(#b35900, #ffa94d); }
  summary b[data-state="live"] { color: light-dark(#2b8a3e, #69db7c); }
  summary b[data-state="stopped"] { color: light-dark(#c92a2a, #ff8787); }
  .position { margin-left: auto; opacity: 0.75; }
  ol { margin: 0; padding: 0.3rem 0.7rem; max-height: 16rem; overflow: auto; list-style: none;
    border-top: 1px solid light-dark(#d9e1e6, #2c3a44); }
  li { overflow-wrap: anywhere; }
  time { opacity: 0.6; }
  button { font: inherit; margin: 0.3rem 0.7rem; }
  /* One above the other, several have to leave something of the page. */
  @media (max-width: 62rem) { details:not(:only-of-type) ol { max-height: 6rem; } }
`;

/** Where the panels of all clients of a page are, side by side. */
function dock() {
  const found = document.querySelector("freshet-debug");
  if (found) return found;
  const host = document.createElement("freshet-debug");
  const style = new CSSStyleSheet();
  style.replaceSync(STYLE);
  host.attachShadow({ mode: "open" }).adoptedStyleSheets = [style];
  document.body.append(host);
  return host;
}

/** Shows the panel for a client; the result takes it away. */
export function panel(client) {
  const host = dock();
  const make = (name, parent, text = "") => {
    const element = document.createElement(name);
    element.textContent = text;
    parent.append(element);
    return element;
  };
  const details = make("details", host.shadowRoot);
  details.open = true;
  const summary = make("summary", details);
  const name = make("span", summary, "freshet");
  const state = make("b", summary);
  const position = make("span", summary);
  position.className = "position";
  const offline = make("button", details);
  const lines = make("ol", details);
  lines.tabIndex = 0;
  lines.setAttribute("aria-label", "What the stream has told");

  const write = (text) => {
    const line = document.createElement("li");
    make("time", line, `${new Date().toTimeString().slice(0, 8)} `);
    make("span", line, text);
    lines.prepend(line);
    while (lines.children.length > MOST_LINES) lines.lastChild.remove();
  };
  const show = () => {
    state.textContent = client.state;
    state.dataset.state = client.state;
    position.textContent = client.position;
    offline.textContent = client.offline ? "go online" : "go offline";
  };
  offline.onclick = () => (client.offline = !client.offline);

  const listening = client.listen((told) => {
    show();
    if (told.type === "state" && told.detail) write(`${told.state}: ${told.detail.detail}`);
    if (told.type === "event") {
      const { tags, scopes, reason, resumed, user } = told.data;
      // Which one it is of several.
      if (user !== undefined) name.textContent = `freshet ${user}`;
      const words = [told.event, ...(tags ?? []).map(textOf), reason, resumed === false && "from now on"];
      write([...words, scopes && told.event === "invalidate" && `to ${scopes.join(", ")}`].filter(Boolean).join(" "));
    }
    if (told.type === "applied") write(`${told.matched} stale${told.change.all ? " (everything)" : ""}`);
  });
  show();
  return () => {
    listening();
    details.remove();
    if (!host.shadowRoot.querySelector("details")) host.remove();
  };
}
