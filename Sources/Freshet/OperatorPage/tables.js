// The tables of users, disabled tags and what is busy.

// Makes the rows those of `items`, and leaves one alone that is only updated: a button in it may have the focus.
function fill(body, items, key, make, update, none) {
  const known = new Map([...body.rows].filter((row) => row.dataset.key).map((row) => [row.dataset.key, row]));
  const isInUse = body.contains(document.activeElement);
  const wanted = items.map((item) => {
    const name = "k" + key(item);
    const row = known.get(name) ?? make(item);
    row.dataset.key = name;
    known.delete(name);
    update(row, item);
    return row;
  });
  for (const row of known.values()) row.remove();
  for (const row of [...body.rows]) if (!row.dataset.key) row.remove();
  wanted.forEach((row, index) => {
    if (!row.isConnected || (!isInUse && body.rows[index] !== row)) body.insertBefore(row, body.rows[index] ?? null);
  });
  if (items.length === 0) {
    const cell = element("td", "none", none);
    cell.colSpan = 6;
    body.append(element("tr", "", cell));
  }
}

function actionRow(name, verb, label, action) {
  const button = element("button", "", verb);
  button.type = "button";
  button.setAttribute("aria-label", label);
  button.addEventListener("click", () => action(button));
  return element("tr", "", element("td", "mono", name), element("td", "number"), element("td", "action", button));
}

function fillUsers(figures) {
  fill(
    $("by-user"),
    figures.users,
    (item) => item.user,
    (item) => actionRow(item.user, "End", `End the streams of ${item.user}`, (button) => endStreams(button, item.user)),
    (row, item) => { row.cells[1].textContent = number(item.streams); },
    "Nobody has a stream here.",
  );
  $("more-users").textContent = figures.moreUsers > 0 ? `and ${number(figures.moreUsers)} users more` : "";
}

async function endStreams(button, user) {
  const text = `The streams of ${user} on this replica end now. The session stays: whoever holds it may come back.`;
  if (!(await agreed(`End the streams of ${user}?`, text, "End them"))) return;
  await act(button, () => post("/admin/end", { user }));
}

function fillDisabled(figures) {
  fill(
    $("disabled"),
    figures.disabled,
    (tag) => tag,
    (tag) => actionRow(tag, "Enable", `Enable ${tag}`, (button) =>
      act(button, async () => obey(await post("/tags/enable", { tags: [wire(tag)] })))),
    () => {},
    "None.",
  );
}

function fillBusy(id, entries) {
  fill(
    $(id),
    entries,
    (entry) => entry.name,
    (entry) => element("tr", "", element("td", "mono", entry.name), element("td", "number")),
    (row, entry) => { row.cells[1].textContent = number(entry.count); },
    "Nothing.",
  );
}
