// With a clock of its own, which other tests' timers would not understand.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Hubs } from "../hub.js";
import { Page, welcome, withService } from "./page.js";

test("the stream ends when its last page has gone for a while, and a reload finds it open", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  await withService(async ({ url, requests }) => {
    const hubs = new Hubs();
    const page = new Page(hubs).join(url);
    context.mock.timers.tick(50);
    const request = await requests.next();
    request.stream(welcome("t-1", false));
    await page.next();
    page.leave();
    context.mock.timers.tick(2000);
    const reloaded = new Page(hubs).join(url, "t-1");
    context.mock.timers.tick(50);
    assert.deepEqual(await reloaded.next(), ["welcome", true]);
    context.mock.timers.tick(10_000);
    assert.ok(requests.isEmpty);
    reloaded.leave();
    context.mock.timers.tick(3000);
    await request.closed;
  });
});
