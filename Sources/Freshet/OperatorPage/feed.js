// The stream behind the page, and what becomes of the page without it.

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
  // Beside what is read aloud, which would be so each second.
  say("silence", isStale && !isOver ? `last heard ${Math.floor(silence)} s ago` : "");
  if (isOver) say("link", "ended", "bad");
  else if (isStale) say("link", "lost", "bad");
  else if (before) say("link", "live", "good");
}

$("where").textContent = location.host + base;
setInterval(sayLink, 1000);
connect();
