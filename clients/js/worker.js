// The shared worker: whatever pages of one origin are open, the browser has one stream for each session.

import { Hubs } from "./hub.js";

const hubs = new Hubs();

addEventListener("connect", ({ ports: [port] }) => {
  const hear = hubs.connect(port);
  port.onmessage = ({ data }) => hear(data);
  port.postMessage({ ready: true });
});
