// What is told once a second.

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
  // The answer to what was asked before the session ended.
  if (isOver) return;
  say("running", status.paused ? "paused" : "running", status.paused ? "warn" : "good");
  const [stop, go] = [$("pause"), $("resume")];
  const hasFocus = document.activeElement === stop || document.activeElement === go;
  stop.disabled = status.paused;
  go.disabled = !status.paused;
  // A button that can no longer be pressed would lose the focus to nowhere.
  if (hasFocus) (status.paused ? go : stop).focus();
}
