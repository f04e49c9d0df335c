import assert from "node:assert/strict";
import { test } from "node:test";

import { Inbox, event, setOnline, welcome, withService } from "./page.js";
import { Stream } from "../stream.js";

/** Runs `body` with a stream of a service of its own. */
async function withStream(options, body) {
  await withService(async ({ url, requests }) => {
    const [states, events] = [new Inbox(), new Inbox()];
    const stream = new Stream(
      { url, ...options },
      { state: (...state) => states.put(state), event: (...told) => events.put(told) },
    );
    try {
      await body({ stream, requests, states, events });
    } finally {
      stream.close();
    }
  });
}

const soon = "retry: 10\n\n";

test("it begins where it is told to, says who asks, and tells each event with its position", async () => {
  await withStream({ position: "t-5", token: "secret" }, async ({ stream, requests, states, events }) => {
    const request = await requests.next();
    assert.equal(request.headers["last-event-id"], "t-5");
    assert.equal(request.headers.authorization, "Bearer secret");
    request.stream(welcome("t-5", true), event("invalidate", { tags: [["a"]] }, "t-9"), "id: t-12\n\n");
    assert.deepEqual(await states.next(), ["connecting"]);
    assert.deepEqual(await states.next(), ["live"]);
    assert.equal((await events.next())[0], "welcome");
    assert.deepEqual(await events.next(), ["invalidate", { tags: [["a"]] }, "t-9"]);
    assert.deepEqual(await events.next(), [undefined, undefined, "t-12"]);
    assert.equal(stream.position, "t-12");
  });
});

test("bytes may come in pieces of any size, with any end of line that a proxy makes of it", async () => {
  await withStream({}, async ({ requests, events }) => {
    const text = `: hello\r\n\r\n${soon}${event("invalidate", { tags: [["é", 1]] }, "t-9").replaceAll("\n", "\r\n")}`;
    const response = (await requests.next()).stream();
    for (const byte of Buffer.from(text)) {
      response.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    assert.deepEqual(await events.next(), ["invalidate", { tags: [["é", 1]] }, "t-9"]);
  });
});

test("whatever ends it, it comes back with the last position", async () => {
  await withStream({}, async ({ requests, events }) => {
    const ends = [
      (response) => response.end(),
      (response) => response.destroy(),
      (response) => response.end(event("goaway", { reason: "shutdown" })),
      (response) => response.write("data: {no json\n\n"),
    ];
    for (const [round, end] of ends.entries()) {
      const request = await requests.next();
      assert.equal(request.headers["last-event-id"], round === 0 ? undefined : `t-${round - 1}`);
      const response = request.stream(soon, welcome(`t-${round}`, true));
      await events.next();
      end(response);
    }
    assert.equal((await requests.next()).headers["last-event-id"], "t-3");
  });
});

test("it asks again where a browser's own EventSource gives up", async () => {
  await withStream({}, async ({ requests, states }) => {
    (await requests.next()).stream(soon, welcome("t-1", true)).end();
    for (const status of [500, 502, 503, 429, 408]) (await requests.next()).refuse(status, "later");
    (await requests.next()).stream(welcome("t-1", true));
    await states.until(([word]) => word === "live");
    await states.until(([word]) => word === "live");
  });
});

test("it stops for good where asking again is of no use, and says what the service said", async () => {
  for (const status of [401, 403, 404]) {
    await withStream({}, async ({ requests, states }) => {
      (await requests.next()).refuse(status, "no such session");
      const [, detail] = await states.until(([word]) => word === "stopped");
      assert.deepEqual(detail, { status, detail: "no such session" });
      assert.ok(requests.isEmpty);
    });
  }
});

test("whoever was logged out learns it at once, not after the time to come back", async () => {
  await withStream({}, async ({ requests, states }) => {
    const revoked = event("goaway", { reason: "revoked" });
    (await requests.next()).stream("retry: 3600000\n\n", welcome("t-1", true), revoked).end();
    (await requests.next()).refuse(401, "gone");
    await states.until(([word]) => word === "stopped");
  });
});

test("without a network it asks nobody, and with one at once", async () => {
  await withStream({}, async ({ requests, states }) => {
    const first = await requests.next();
    first.stream("retry: 3600000\n\n", welcome("t-1", true));
    await states.until(([word]) => word === "live");
    setOnline(false);
    await states.until(([word]) => word === "offline");
    await first.closed;
    setOnline(true);
    assert.equal((await requests.next()).headers["last-event-id"], "t-1");
  });
});

test("closed, it lets go of its connection and says nothing more", async () => {
  await withStream({}, async ({ stream, requests, states }) => {
    const request = await requests.next();
    request.stream(welcome("t-1", true));
    await states.until(([word]) => word === "live");
    stream.close();
    await request.closed;
    assert.ok(states.isEmpty && requests.isEmpty);
  });
});
