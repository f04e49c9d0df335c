// Wherever a proxy has put it, the page stands at …/admin, and what it asks beside it.
const page = location.pathname.replace(/\/+$/, "");
const base = page.slice(0, page.lastIndexOf("/"));
const rows = 100;
const $ = (id) => document.getElementById(id);

// Everything that the service tells is text: users and tags may be whatever somebody wrote.
const element = (name, className, ...children) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
};
const say = (id, text, level) => {
  const place = $(id);
  if (place.textContent !== text) place.textContent = text;
  if (level) place.dataset.level = level;
  else delete place.dataset.level;
};
const number = (value) => value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 1 : 0 });
const streams = (count) => `${number(count)} ${count === 1 ? "stream" : "streams"}`;
const duration = (seconds) => {
  if (seconds < 0.001) return `${number(seconds * 1e6)} µs`;
  if (seconds < 1) return `${number(seconds * 1e3)} ms`;
  return seconds < 120 ? `${number(seconds)} s` : `${number(seconds / 60)} min`;
};

// What is asked of the service.

async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(base + path, { cache: "no-store", ...options });
  } catch {
    throw new Error("The service cannot be reached.");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.detail ?? `The service answered ${response.status}.`);
  return body;
}

const post = (path, body = {}) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

// Does what a button is for, and says where it failed.
async function act(button, action) {
  button.disabled = true;
  complain(null);
  try {
    return await action();
  } catch (error) {
    complain(error.message);
  } finally {
    button.disabled = false;
    if (document.activeElement === document.body && button.isConnected) button.focus();
  }
}

function complain(text) {
  $("notice").hidden = text === null;
  if (text === null) return $("notice").replaceChildren();
  const close = element("button", "", "Dismiss");
  close.type = "button";
  close.addEventListener("click", () => complain(null));
  $("notice").replaceChildren(element("span", "", text), close);
}

let settle = null;

function agreed(title, text, verb) {
  const dialog = $("confirm");
  $("confirm-title").textContent = title;
  $("confirm-text").textContent = text;
  $("confirm-yes").textContent = verb;
  dialog.returnValue = "";
  settle?.(false);
  dialog.showModal();
  return new Promise((resolve) => { settle = resolve; });
}
$("confirm").addEventListener("close", () => {
  // It comes late: the dialog may have been opened again since, with another question.
  if ($("confirm").open) return;
  settle?.($("confirm").returnValue === "yes");
  settle = null;
});
$("confirm-yes").addEventListener("click", () => $("confirm").close("yes"));
$("confirm-no").addEventListener("click", () => $("confirm").close(""));

// The wire form of a tag's text, in which `/` and `%` inside a segment are %2F and %25.
function wire(text) {
  if (/%(?!2[Ff]|25)/.test(text)) throw new Error(`'${text}' is no tag: a % that stands for itself is %25.`);
  return text.split("/").map((segment) => {
    if (/^(0|[1-9][0-9]*)$/.test(segment) && Number.isSafeInteger(Number(segment))) return Number(segment);
    return segment.replace(/%2F/gi, "/").replaceAll("%25", "%");
  });
}
