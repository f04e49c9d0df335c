// One chart of the last five minutes: a value a second for each of its lines, drawn anew with each.
class Chart {
  static #length = 300;
  static #svg = "http://www.w3.org/2000/svg";
  static #left = 46;
  static #foot = 16;

  #place;
  #lines;
  #scale;
  #values = [];

  // `scale` gives, for the values shown, `marks` (numbers at which a line is drawn), `at` (a number's height, 0 to 1) and
  // `text` (what stands beside a mark).
  constructor(place, lines, scale) {
    this.#place = place;
    this.#lines = lines;
    this.#scale = scale;
    new ResizeObserver(() => this.draw()).observe(place);
  }

  // One value a line; null where there was none.
  push(values) {
    this.#values.push(values);
    if (this.#values.length > Chart.#length) this.#values.shift();
    this.draw();
  }

  draw() {
    const width = this.#place.clientWidth;
    const height = this.#place.clientHeight;
    if (width < 100 || height < 40) return;
    const svg = this.#element("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    const { marks, at, text } = this.#scale(this.#values.flat().filter((value) => value !== null));
    const y = (value) => 6 + (1 - at(value)) * (height - Chart.#foot - 8);
    for (const mark of marks) {
      const line = y(mark).toFixed(1);
      svg.append(this.#element("line", { class: "grid", x1: Chart.#left, x2: width, y1: line, y2: line }));
      const label = this.#element("text", { x: Chart.#left - 6, y: Number(line) + 4, "text-anchor": "end" });
      label.textContent = text(mark);
      svg.append(label);
    }
    const step = (width - Chart.#left - 4) / (Chart.#length - 1);
    const x = (index) => width - 3 - (this.#values.length - 1 - index) * step;
    for (let minutes = 5; minutes >= 0; minutes -= 1) {
      const at = Math.max(width - 3 - minutes * 60 * step, Chart.#left);
      const label = this.#element("text", { x: at, y: height - 2, "text-anchor": minutes ? "start" : "end" });
      label.textContent = minutes ? `−${minutes} min` : "now";
      if (width > 360 || minutes % 5 === 0) svg.append(label);
    }
    this.#lines.forEach((name, number) => {
      let path = "";
      let isDrawing = false;
      this.#values.forEach((values, index) => {
        const value = values[number];
        if (value === null) return void (isDrawing = false);
        // A step without length, so that a value which stands alone is a point.
        path += `${isDrawing ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}${isDrawing ? "" : "h0"}`;
        isDrawing = true;
      });
      svg.append(this.#element("path", { class: name, d: path }));
    });
    this.#place.replaceChildren(svg);
  }

  #element(name, attributes) {
    const element = document.createElementNS(Chart.#svg, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  }

  // Seconds from 0.1 ms to 10 s, each power of ten as high as the next.
  static latency() {
    const marks = [0.0001, 0.001, 0.01, 0.1, 1, 10];
    const at = (seconds) => (Math.log10(Math.min(Math.max(seconds, 0.0001), 10)) + 4) / 5;
    return { marks, at, text: (seconds) => (seconds < 1 ? `${Number((seconds * 1000).toPrecision(1))} ms` : `${seconds} s`) };
  }

  // From nothing to a round number above the greatest.
  static count(values) {
    const most = Math.max(...values, 1);
    const power = 10 ** Math.floor(Math.log10(most));
    const top = [1, 2, 5, 10].map((factor) => factor * power).find((round) => round >= most);
    return { marks: [0, top / 2, top], at: (value) => value / top, text: (value) => value.toLocaleString("en") };
  }
}
