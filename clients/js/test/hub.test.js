import assert from "node:assert/strict";
import { test } from "node:test";

import { Hubs } from "../hub.js";
import { Page, event, welcome, withService } from "./page.js";

const told = (tag, id, ...txids) => event("invalidate", { tags: [[tag]], scopes: ["global"], txids: txids.map(String) }, id);

/** Runs `body` with a service, pages and the first request's stream, which two pages share. */
async function withPages(positions, first, body) {
  await withService(async ({ url, requests, asker }) => {
    const hubs = new Hubs();
    const all = [];
    const page = (position, more) => {
      all.push(new Page(hubs).join(url, position, more));
      return all.at(-1);
    };
    const pages = positions.map(page);
    const request = await requests.next();
    const response = request.stream(...first);
    try {
      await body({ requests, request, response, pages, page, asker });
    } finally {
      for (const page of all) page.leave();
    }
  });
}

test("pages that begin together share one stream, from where the one begins that knows least", async () => {
  await withPages(["t-30", "t-9", ""], [welcome("t-9", true)], async ({ request, requests, response, pages }) => {
    assert.equal(request.headers["last-event-id"], "t-9");
    assert.deepEqual(await Promise.all(pages.map((page) => page.next())), [
      ["welcome", true],
      ["welcome", true],
      // What it fetched before is as old as it likes.
      ["welcome", false],
    ]);
    response.write(told("a", "t-40", 35));
    for (const page of pages) {
      assert.deepEqual(await page.next(), ["invalidate", [["a"]]]);
      assert.equal(page.position, "t-40");
    }
    assert.ok(requests.isEmpty);
  });
});

test("a stream that could not go on makes everything stale, on every page", async () => {
  await withPages(["t-30", "t-9"], [welcome("t-50", false)], async ({ pages }) => {
    for (const page of pages) assert.deepEqual(await page.next(), ["welcome", false]);
  });
});

test("a page that comes later is told what it has missed, and nothing that it knows", async () => {
  await withPages(["t-9"], [welcome("t-9", true)], async ({ response, pages, page, requests }) => {
    await pages[0].next();
    response.write(told("a", "t-20", 15) + told("b", "t-30", 25) + told("c", "t-40", 35));
    for (let count = 0; count < 3; count += 1) await pages[0].next();
    const later = page("t-30");
    assert.deepEqual(await later.next(), ["welcome", true]);
    // That it stands at 30 says that all below has been seen, and 25 was.
    assert.deepEqual(await later.next(), ["invalidate", [["b"]]]);
    assert.deepEqual(await later.next(), ["invalidate", [["c"]]]);
    assert.equal(later.position, "t-40");
    assert.ok(later.isSilent && requests.isEmpty);
  });
});

test("what was told early of a transaction that a page's snapshot did not show is told again", async () => {
  await withPages(["t-9"], [welcome("t-9", true)], async ({ response, pages, page }) => {
    await pages[0].next();
    // 50 was heard while 12 still ran, so that the position stayed below.
    response.write(told("early", "t-12", 50));
    await pages[0].next();
    const rendered = page("t-20");
    assert.deepEqual(await rendered.next(), ["welcome", true]);
    assert.deepEqual(await rendered.next(), ["invalidate", [["early"]]]);
  });
});

test("a page that knows less than the stream began with, or another history, has to fetch", async () => {
  await withPages(["t-9"], [welcome("t-9", true)], async ({ pages, page }) => {
    await pages[0].next();
    for (const position of ["t-8", "other-20", "", "nonsense"]) {
      const later = page(position);
      assert.deepEqual(await later.next(), ["welcome", false], position);
      assert.equal(later.position, "t-9");
    }
  });
});

test("what is forgotten is not promised", async () => {
  await withPages(["t-9"], [welcome("t-9", true)], async ({ response, pages, page }) => {
    await pages[0].next();
    const first = 100;
    for (let number = 0; number <= 500; number += 1) response.write(told("a", `t-${first + number}`, first + number - 1));
    for (let number = 0; number <= 500; number += 1) await pages[0].next();
    // The event with 99 is gone.
    assert.deepEqual(await page("t-99").next(), ["welcome", false]);
    assert.deepEqual(await page("t-100").next(), ["welcome", true]);
  });
});

test("a reset is told to pages that come later with a place from before it", async () => {
  await withPages(["t-9"], [welcome("t-9", true)], async ({ response, pages, page }) => {
    await pages[0].next();
    response.write(told("a", "t-20", 15) + event("reset", { reason: "overflow" }, "t-30"));
    await pages[0].next();
    await pages[0].next();
    const later = page("t-20");
    assert.deepEqual(await later.next(), ["welcome", true]);
    assert.deepEqual(await later.next(), ["invalidate", [["a"]]]);
    assert.deepEqual(await later.next(), ["reset", "overflow"]);
  });
});

test("a connection that comes back is no news to pages; one that cannot go on is", async () => {
  await withPages(["t-9"], ["retry: 10\n\n", welcome("t-9", true)], async ({ response, requests, pages, page }) => {
    await pages[0].next();
    response.end();
    const again = (await requests.next()).stream(welcome("t-9", true), told("a", "t-20", 15));
    assert.deepEqual(await pages[0].next(), ["welcome", true]);
    assert.deepEqual(await pages[0].next(), ["invalidate", [["a"]]]);
    again.end();
    (await requests.next()).stream(welcome("new-5", false));
    assert.deepEqual(await pages[0].next(), ["welcome", false]);
    assert.deepEqual(await page("t-20").next(), ["welcome", false]);
    assert.deepEqual(await page("new-5").next(), ["welcome", true]);
  });
});

const hearer = (user) => ({ user, scopes: ["global"] });

test("where the cookie has become another user's, all pages go over to that one, and are told that all is stale", async () => {
  await withPages(["t-9"], [welcome("t-9", true)], async ({ request, requests, response, pages, page, asker }) => {
    await pages[0].next();
    response.write(told("hers", "t-20", 15));
    await pages[0].next();
    asker.who = hearer("2");
    const later = page("t-30");
    const again = await requests.next();
    await request.closed;
    // Of what the other was told, the page that comes is told nothing.
    assert.equal(again.headers["last-event-id"], "t-20");
    again.stream(welcome("t-20", true, "2"), told("his", "t-40", 35));
    assert.deepEqual(await pages[0].next(), ["welcome", false]);
    assert.deepEqual(await later.next(), ["welcome", true]);
    for (const all of [pages[0], later]) assert.deepEqual(await all.next(), ["invalidate", [["his"]]]);
    assert.ok(later.isSilent);
  });
});

test("a page that comes while the stream is asked for is not taken for whoever asked", async () => {
  await withService(async ({ url, requests, asker }) => {
    const hubs = new Hubs();
    const first = new Page(hubs).join(url, "t-9");
    const old = await requests.next();
    // The request is on its way with the cookie of before.
    asker.who = hearer("2");
    const later = new Page(hubs).join(url, "t-9");
    old.stream(welcome("t-9", true), told("hers", "t-20", 15));
    assert.deepEqual(await first.next(), ["welcome", true]);
    assert.deepEqual(await first.next(), ["invalidate", [["hers"]]]);
    (await requests.next()).stream(welcome("t-9", true, "2"));
    assert.deepEqual(await later.next(), ["welcome", true]);
    assert.deepEqual(await first.next(), ["welcome", false]);
    assert.ok(later.isSilent);
    for (const page of [first, later]) page.leave();
  });
});

test("a page that comes back has the cookie looked at again, and one that is the same changes nothing", async () => {
  await withPages(["t-9"], [welcome("t-9", true)], async ({ requests, response, pages, page, asker }) => {
    await pages[0].next();
    pages[0].hear({ check: true });
    assert.deepEqual(await page("t-9").next(), ["welcome", true]);
    response.write(told("a", "t-20", 15));
    assert.deepEqual(await pages[0].next(), ["invalidate", [["a"]]]);
    assert.ok(requests.isEmpty);
    asker.who = undefined;
    pages[0].hear({ check: true });
    (await requests.next()).refuse(401, "Signed out.");
    while (pages[0].state?.[0] !== "stopped") await new Promise(setImmediate);
  });
});

test("a stream that comes back as another user's makes everything stale, though it goes on", async () => {
  await withPages(["t-9"], ["retry: 10\n\n", welcome("t-9", true)], async ({ response, requests, pages, page, asker }) => {
    await pages[0].next();
    response.write(told("hers", "t-20", 15));
    await pages[0].next();
    asker.who = hearer("2");
    response.end();
    (await requests.next()).stream(welcome("t-20", true, "2"));
    assert.deepEqual(await pages[0].next(), ["welcome", false]);
    // Nor is what one was told kept for the other.
    assert.deepEqual(await page("t-9").next(), ["welcome", false]);
  });
});

test("a page that knows itself as another user's has to fetch, wherever the hub is", async () => {
  await withService(async ({ url, requests }) => {
    const hubs = new Hubs();
    const pages = ["1", "2", undefined].map((user) =>
      new Page(hubs).join(url, "t-9", { known: user && hearer(user) }),
    );
    (await requests.next()).stream(welcome("t-9", true));
    assert.deepEqual(await Promise.all(pages.map((page) => page.next())), [
      ["welcome", true],
      ["welcome", false],
      ["welcome", true],
    ]);
    for (const page of pages) page.leave();
  });
});

test("a page that joins again hears no more of what it had joined before", async () => {
  await withService(async ({ url, requests }) => {
    const hubs = new Hubs();
    const heard = [];
    const hear = hubs.connect({ postMessage: (message) => heard.push(message) });
    hear({ join: { id: 1, url, token: "a" } });
    const old = await requests.next();
    hear({ join: { id: 2, url, token: "b" } });
    old.refuse(401, "gone");
    (await requests.next()).stream(welcome("t-1", false));
    while (!heard.some(({ event }) => event)) await new Promise(setImmediate);
    assert.deepEqual([...new Set(heard.map(({ join }) => join))], [1, 2]);
    assert.ok(heard.every(({ join, state }) => join === 2 || state[0] === "connecting"));
    hear({ leave: true });
  });
});

test("each token has a stream of its own, and a stop is told to all of its pages alone", async () => {
  await withService(async ({ url, requests }) => {
    const hubs = new Hubs();
    const pages = ["a", "a", "b"].map((token) => {
      const page = new Page(hubs);
      page.hear({ join: { url, token, position: "" } });
      return page;
    });
    const [one, two] = [await requests.next(), await requests.next()];
    const [a, b] = one.headers.authorization === "Bearer a" ? [one, two] : [two, one];
    b.stream(welcome("t-1", false));
    await pages[2].next();
    a.refuse(401, "gone");
    await a.closed;
    while (pages[0].state?.[0] !== "stopped") await new Promise(setImmediate);
    assert.deepEqual(pages.map(({ state }) => state[0]), ["stopped", "stopped", "live"]);
    // Whoever signs in again begins anew.
    pages[0].hear({ join: { url, token: "a", position: "" } });
    (await requests.next()).stream(welcome("t-2", false));
    assert.deepEqual(await pages[0].next(), ["welcome", false]);
    for (const page of pages) page.leave();
  });
});
