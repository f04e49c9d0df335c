"use strict";

(() => {
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

  // MARK: Asking the service

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

  function confirm(title, text, verb) {
    const dialog = $("confirm");
    $("confirm-title").textContent = title;
    $("confirm-text").textContent = text;
    $("confirm-yes").textContent = verb;
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
  }
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

  // MARK: Tables

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
    if (!(await confirm(`End the streams of ${user}?`, text, "End them"))) return;
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

  // MARK: Who hears it

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

  // MARK: What passes

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

  // MARK: Figures

  const latency = new Chart($("latency"), ["one", "two"], Chart.latency);
  const events = new Chart($("events"), ["one"], Chart.count);
  let before = null;

  function figure(figures) {
    const { status, metrics } = figures;
    const now = performance.now();
    const age = metrics["freshet_position_age_seconds"];
    const queue = metrics["freshet_notify_queue_usage_ratio"];
    const isReachable = metrics["freshet_sessions_reachable"] === 1;
    say("listener", status.listener, status.listener === "live" ? "good" : "bad");
    say("delivery", status.delivery);
    say("position", status.position ?? "none yet");
    say("age", age == null ? "" : duration(age), age > 60 ? "bad" : undefined);
    say("round-trip", status.roundTripMs === null ? "–" : duration(status.roundTripMs / 1000));
    say("queue", queue == null ? "–" : `${number(queue * 100)} %`, queue >= 0.5 ? "bad" : undefined);
    say("sessions", isReachable ? "answering" : "away", isReachable ? "good" : "bad");
    say("streams", number(status.streams));
    say("users", number(status.users));
    say("version", `Freshet ${status.version}`);
    obey(status);
    fillUsers(figures);
    fillDisabled(figures);
    fillBusy("busy-tags", figures.tags);
    fillBusy("busy-scopes", figures.scopes);
    if (before) draw(metrics, before.metrics, Math.max((now - before.now) / 1000, 0.25));
    before = { metrics, now };
  }

  function draw(metrics, older, seconds) {
    const written = metrics["freshet_events_total"] - older["freshet_events_total"];
    // After a restart the counters begin anew.
    if (!(written >= 0)) return;
    const rate = written / seconds;
    const [p50, p99] = [0.5, 0.99].map((share) => quantile(metrics, older, share));
    say("rate", number(rate));
    say("rate-now", number(rate));
    if (p50 !== null) {
      say("p50", duration(p50));
      say("p99", duration(p99));
      $("latency").setAttribute("aria-label", `Delivery latency: half within ${duration(p50)}, 99 % within ${duration(p99)}`);
    }
    latency.push([p50, p99]);
    events.push([rate]);
  }

  // Within which time so large a share was delivered between two readings; null where nothing was.
  function quantile(metrics, older, share) {
    const buckets = [];
    for (const [key, value] of Object.entries(metrics)) {
      const bound = /^freshet_delivery_seconds_bucket\{le="(.+)"\}$/.exec(key)?.[1];
      if (bound) buckets.push([bound === "+Inf" ? Infinity : Number(bound), value - (older[key] ?? 0)]);
    }
    buckets.sort((a, b) => a[0] - b[0]);
    const wanted = share * (buckets.at(-1)?.[1] ?? 0);
    if (wanted <= 0) return null;
    let [low, below] = [0, 0];
    for (const [bound, count] of buckets) {
      if (count >= wanted) return bound === Infinity ? low : low + ((bound - low) * (wanted - below)) / (count - below);
      [low, below] = [bound, count];
    }
    return low;
  }

  function obey(status) {
    say("running", status.paused ? "paused" : "running", status.paused ? "warn" : "good");
    const [stop, go] = [$("pause"), $("resume")];
    const hasFocus = document.activeElement === stop || document.activeElement === go;
    stop.disabled = status.paused;
    go.disabled = !status.paused;
    // A button that can no longer be pressed would lose the focus to nowhere.
    if (hasFocus) (status.paused ? go : stop).focus();
  }

  // MARK: Controls

  $("pause").addEventListener("click", async () => {
    const text = "Nobody is told anything on any replica until somebody resumes. Then each stream is told what it missed.";
    if (!(await confirm("Pause all deliveries?", text, "Pause"))) return;
    const status = await act($("pause"), () => post("/pause"));
    if (!status) return;
    $("pause").focus();
    obey(status);
  });

  $("resume").addEventListener("click", async () => {
    const status = await act($("resume"), () => post("/resume"));
    if (!status) return;
    $("resume").focus();
    obey(status);
  });

  $("disable").addEventListener("submit", (event) => {
    event.preventDefault();
    const input = $("disable-tag");
    act(event.submitter ?? event.target.lastElementChild, async () => {
      obey(await post("/tags/disable", { tags: [wire(input.value.trim())] }));
      input.value = "";
      input.focus();
    });
  });

  $("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    const [tag, scope] = [$("ask-tag").value.trim(), $("ask-scope").value.trim()];
    const query = new URLSearchParams({ tag, scope });
    $("answer").replaceChildren();
    act(event.submitter ?? event.target.lastElementChild, async () => {
      const report = await ask(`/admin/audience?${query}`);
      $("answer").replaceChildren(element("b", "", count(report), report.streams === 1 ? " stream: " : " streams: "), ...hearing(report));
    });
  });

  // MARK: The feed

  let source = null;
  let heard = performance.now();
  let isOver = false;

  // Whether what stands in the notice is why there is no feed.
  let isRefused = false;

  function connect() {
    before = null;
    source = new EventSource(`${base}/admin/events`);
    source.addEventListener("figures", (event) => {
      heard = performance.now();
      if (isRefused) complain(null);
      isRefused = false;
      figure(JSON.parse(event.data));
      sayLink();
    });
    source.addEventListener("passing", (event) => pass(JSON.parse(event.data)));
    source.addEventListener("goaway", giveUp);
    source.addEventListener("error", () => {
      // It comes back by itself, unless the answer was a refusal.
      before = null;
      if (source.readyState === EventSource.CLOSED) giveUp();
    });
  }

  // The stream has ended for good: finds out why, and begins anew where that may help.
  async function giveUp() {
    source.close();
    const abort = new AbortController();
    let status = 0;
    let detail = "";
    try {
      const response = await fetch(`${base}/admin/events`, { cache: "no-store", signal: abort.signal });
      status = response.status;
      if (!response.ok) detail = (await response.json()).detail ?? "";
    } catch {
      // There is no answer, or none that can be read.
    }
    abort.abort();
    if (status === 401) return end("You are signed out", detail);
    if (status === 403) return end("You are no administrator", detail);
    if (detail) {
      complain(detail);
      isRefused = true;
    }
    setTimeout(connect, status === 200 ? 100 : 2000);
  }

  // What was shown is of somebody who may not see it any more.
  function end(title, text) {
    isOver = true;
    if ($("confirm").open) $("confirm").close("");
    $("main").remove();
    complain(null);
    $("ended-title").textContent = title;
    $("ended-text").textContent = text;
    $("ended").hidden = false;
    $("ended-again").focus();
    sayLink();
  }
  $("ended-again").addEventListener("click", () => location.reload());

  function sayLink() {
    const silence = (performance.now() - heard) / 1000;
    const isStale = silence > 3;
    document.body.toggleAttribute("data-stale", isStale && !isOver);
    if (isOver) say("link", "ended", "bad");
    else if (isStale) say("link", `last heard ${Math.floor(silence)} s ago`, "bad");
    else if (before) say("link", "live", "good");
  }

  $("where").textContent = location.host + base;
  setInterval(sayLink, 1000);
  connect();
})();
