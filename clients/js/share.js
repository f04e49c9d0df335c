// Where a page's hub is: in a shared worker, in the page that leads, or in the page itself.

/** Pages of another version keep to themselves: to be changed with what pages and hubs say to each other. */
const NAME = "freshet-1";

/** Only a page that has a hub of its own needs it. */
const makeHubs = async () => new (await import("./hub.js")).Hubs();

/** A worker that has not answered by then will not; milliseconds. */
const PATIENCE = 3000;

/**
 * Finds a hub.
 *
 * @param {{worker?: URL, share: string}} options share: `"worker"`, `"leader"` or `"none"`, the first to be tried.
 * @param {Function} hear gets the hub's messages; `{rejoin: true}` where another page has taken over.
 * @returns {Promise<Function>} sends a message to the hub.
 */
export async function share({ worker, share = "worker" }, hear) {
  const isShared = worker.origin === location.origin;
  if (share === "worker" && isShared && globalThis.SharedWorker) {
    const port = await startWorker(worker);
    if (port) {
      port.onmessage = ({ data }) => hear(data);
      return (message) => port.postMessage(message);
    }
  }
  if (share !== "none" && navigator.locks && globalThis.BroadcastChannel) return lead(hear);
  return (await makeHubs()).connect({ postMessage: hear });
}

/** The port of a worker that runs; nil where a policy, or an old browser, does not let it. */
function startWorker(url) {
  return new Promise((resolve) => {
    let worker;
    try {
      worker = new SharedWorker(url, { type: "module", name: NAME });
    } catch {
      resolve();
      return;
    }
    const timer = setTimeout(resolve, PATIENCE);
    worker.onerror = () => resolve();
    worker.port.onmessage = () => {
      clearTimeout(timer);
      resolve(worker.port);
    };
  });
}

/**
 * The pages of one origin talk over a channel, and whoever holds the lock has the hub. When that page closes, the
 * browser gives the lock to the next, which asks all to join again, each from its own position.
 */
function lead(hear) {
  const own = crypto.randomUUID();
  const channel = new BroadcastChannel(NAME);
  let leader; // takes messages where this page leads
  channel.onmessage = ({ data }) => {
    if (data.to === own) hear(data.message);
    else if (data.from && leader) leader(data.from, data.message);
    else if (data.leads) hear({ rejoin: true });
  };
  navigator.locks.request(NAME, async () => {
    const hubs = await makeHubs();
    const pages = new Map();
    leader = (from, message) => {
      if (!pages.has(from)) {
        const send = from === own ? (told) => hear(told) : (told) => channel.postMessage({ to: from, message: told });
        pages.set(from, hubs.connect({ postMessage: send }));
      }
      pages.get(from)(message);
      if (message.leave) pages.delete(from);
    };
    channel.postMessage({ leads: true });
    hear({ rejoin: true });
    return new Promise(() => {});
  });
  return (message) => (leader ? leader(own, message) : channel.postMessage({ from: own, message }));
}
