// Two panels side by side, and the lines to paste.

import { Panel } from "./panel.js";

const byID = (id) => document.getElementById(id);
const copyOf = (id) => byID(id).content.firstElementChild.cloneNode(true);

function showCommands(commands) {
  byID("commands").replaceChildren(...commands.map(({ purpose, command }) => {
    const item = copyOf("command");
    item.querySelector("p").textContent = purpose;
    item.querySelector("code").textContent = command;
    const copy = item.querySelector("button");
    copy.setAttribute("aria-label", `Copy: ${purpose}`);
    copy.onclick = async () => {
      await navigator.clipboard.writeText(command);
      copy.textContent = "Copied";
      setTimeout(() => { copy.textContent = "Copy"; }, 1500);
    };
    return item;
  }));
}

if (new URLSearchParams(location.search).has("freshet-debug")) {
  byID("debug").textContent = "Without the debug panels";
  byID("debug").href = location.pathname;
}

const { users, commands } = await (await fetch("demo.json", { cache: "no-store" })).json();
const panels = users.map((user) => {
  const others = users.filter((other) => other !== user);
  return new Panel(copyOf("panel"), user, others, showCommands);
});
byID("panels").replaceChildren(...panels.map((panel) => panel.element));
showCommands(commands);
for (const panel of panels) panel.start();
