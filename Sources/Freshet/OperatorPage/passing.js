// What passes, and who hears it.

function hearing(report) {
  const parts = [];
  const flag = (text) => parts.push(element("span", "flag", text), " ");
  if (report.dropped) flag("dropped: disabled");
  else if (report.disabled.length > 0) flag(`without ${report.disabled.join(", ")}`);
  if (report.paused) flag("held: paused");
  report.hearers.forEach((hearer, index) => {
    const count = hearer.streams > 1 ? ` ×${number(hearer.streams)}` : "";
    const name = element("span", "mono", hearer.user ?? "without a session");
    parts.push(index > 0 ? ", " : "", name, element("span", "why", `${count} (${hearer.why})`));
  });
  if (report.streams === 0 && !report.dropped) parts.push(element("span", "none", "nobody here"));
  if (report.unnamed > 0) parts.push(` and ${streams(report.unnamed)} more`);
  const beside = (count, what) => {
    if (count > 0) parts.push(element("span", "why", `; ${streams(count)} ${what}`));
  };
  beside(report.filtered, "asked for other tags");
  beside(report.unexamined, "not looked at");
  return parts;
}

const count = (report) => `${report.unexamined > 0 ? "≥ " : ""}${number(report.streams)}`;

let isHolding = false;
let held = [];

function passingRow(item) {
  const tags = item.all ? "everything" : item.tags.join(", ") + (item.moreTags > 0 ? ` and ${item.moreTags} more` : "");
  const transaction = [item.txid ?? "by hand", item.origin].filter(Boolean).join(", ");
  return element(
    "tr",
    "fresh",
    element("td", "", new Date().toLocaleTimeString("en-GB")),
    element("td", "mono", tags),
    element("td", "mono", item.scope),
    element("td", "mono", transaction),
    element("td", "number", count(item.report)),
    element("td", "", ...hearing(item.report)),
  );
}

function noteRow(text) {
  const cell = element("td", "faint", text);
  cell.colSpan = 6;
  return element("tr", "", cell);
}

function pass(news) {
  const fresh = news.invalidations.map(passingRow);
  if (news.more > 0) fresh.push(noteRow(`and ${number(news.more)} more, only counted`));
  if (news.dropped > 0) fresh.push(noteRow(`${number(news.dropped)} were left out here: they came too fast`));
  fresh.reverse();
  if (isHolding) held = [...fresh, ...held].slice(0, rows);
  else show(fresh);
  sayKept();
}

function show(fresh) {
  const body = $("passing");
  if (fresh.length > 0) $("nothing")?.remove();
  body.prepend(...fresh);
  while (body.rows.length > rows) body.lastElementChild.remove();
}

function sayKept() {
  $("kept").textContent = isHolding ? `${held.length >= rows ? "100 or more" : held.length} kept back` : "";
}

$("hold").addEventListener("click", () => {
  isHolding = !isHolding;
  $("hold").setAttribute("aria-pressed", String(isHolding));
  if (!isHolding) {
    show(held);
    held = [];
  }
  sayKept();
});
