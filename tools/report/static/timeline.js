// Timelines, one above the other on one axis of time: rows of processors, of those who copy, of links over time.

const FAMILY_WORDS = ["convolution", "matrix product", "normalisation", "elementwise", "pooling", "softmax", "moving data", "recurrent"];
const ROW = 22;
const BAR = 16;
const CURVE = 26;
const TITLE = 26;
const AXIS = 30;
const MOST_ZOOM = 1e6;
const CURVES = 8; // links and memories of a timeline at first: those that are used most

function nice(step) {
  const power = 10 ** Math.floor(Math.log10(step));
  const part = step / power;
  return (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10) * power;
}

// The first entry of ascending `values` that is at least `wanted`.
function firstAtLeast(values, wanted) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

class TimelineView {
  constructor(place, key, data) {
    Object.assign(this, { place, key, names: data.names, runs: data.runs });
    this.run = Math.min(data.chosen, data.runs.length - 1);
    this.hiddenTitles = new Set();
    this.everything = false;
    this.row = null;
    this.item = null;
    this.build();
    this.choose(this.run);
    onLook(() => this.draw());
    new ResizeObserver(() => requestAnimationFrame(() => this.draw())).observe(this.frame);
  }

  build() {
    this.controls = make("div", { class: "controls", role: "group", "aria-label": "Timeline" });
    if (this.runs.length > 1) {
      this.controls.append(labelled("Plan", choiceOf(this.runs.map((run, i) => [String(i), run.title]), String(this.run), (value) => this.choose(Number(value)))));
    }
    this.ticks = make("span", { class: "ticks", role: "group", "aria-label": "Timelines that are shown" });
    const button = (text, name, act) => make("button", { type: "button", "aria-label": name, onclick: act }, text);
    this.controls.append(
      this.ticks,
      button("+", "Zoom in", () => this.zoom(0.5)),
      button("−", "Zoom out", () => this.zoom(2)),
      button("←", "Earlier", () => this.pan(-0.25)),
      button("→", "Later", () => this.pan(0.25)),
      button("All", "Show the whole time", () => this.reset()),
    );
    this.svg = makeSvg("svg", { role: "img" });
    this.alt = makeSvg("title", { id: `${this.key}-timeline-alt` });
    this.svg.setAttribute("aria-labelledby", this.alt.id);
    this.frame = make("div", { class: "lanes", tabindex: "0", role: "group", "aria-label": "Timeline; arrow keys move, plus and minus zoom", "aria-describedby": `${this.key}-keys` }, this.svg);
    this.said = make("p", { class: "note", role: "status" });
    this.legend = make("ul", { class: "legend", "aria-label": "Legend of the timeline" });
    this.caption = make("figcaption");
    const key = (text) => make("kbd", {}, text);
    const keys = make("p", { class: "keys", id: `${this.key}-keys` }, "Keys in the timeline: ", key("+"), " ", key("−"), " zoom, ", key("←"), " ", key("→"), " move, ", key("0"), " all; ", key("↑"), " ", key("↓"), " choose a row, ", key("."), " ", key(","), " go to its next and previous entry. Mouse: drag to move, Ctrl and wheel to zoom, double click to zoom in.");
    this.table = make("details", {}, make("summary", {}, "Layers and copies as a table"));
    this.table.addEventListener("toggle", () => this.fillTable());
    this.place.append(make("figure", {}, this.controls, this.legend, this.frame, this.said, this.caption), keys, this.table);
    this.listen();
  }

  listen() {
    const { svg } = this;
    let drag = null;
    svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      drag = { x: event.clientX, from: this.from, until: this.until };
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("pointermove", (event) => {
      if (drag) {
        svg.classList.add("drags");
        const shift = ((drag.x - event.clientX) / this.inner) * (drag.until - drag.from);
        this.look(drag.from + shift, drag.until + shift);
        return;
      }
      const found = this.under(event);
      if (found) tip.show(found, event.clientX, event.clientY);
      else tip.hide();
    });
    const end = () => {
      drag = null;
      svg.classList.remove("drags");
    };
    svg.addEventListener("pointerup", end);
    svg.addEventListener("pointercancel", end);
    svg.addEventListener("pointerleave", () => tip.hide());
    svg.addEventListener("dblclick", (event) => this.zoom(0.4, this.timeAt(event)));
    svg.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 0.8 : 1.25, this.timeAt(event));
    }, { passive: false });
    this.frame.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      const acts = {
        "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2), "_": () => this.zoom(2), "0": () => this.reset(), Home: () => this.reset(),
        ArrowLeft: () => this.pan(-0.2), ArrowRight: () => this.pan(0.2), ArrowUp: () => this.chooseRow(-1), ArrowDown: () => this.chooseRow(1),
        ".": () => this.step(1), ",": () => this.step(-1),
      };
      if (!acts[event.key]) return;
      event.preventDefault();
      acts[event.key]();
    });
  }

  choose(run) {
    this.run = run;
    const { timelines } = this.runs[run];
    this.longest = Math.max(1, ...timelines.flatMap((one) => [one.makespan, ...one.rows.flatMap((row) => [row.layers.finish.at(-1) ?? 0, row.copies.finish.at(-1) ?? 0])]));
    this.unit = axisUnit(PICOSECONDS, this.longest);
    this.ticks.replaceChildren();
    if (timelines.length > 1) {
      for (const one of timelines) {
        this.ticks.append(tickOf(one.title, !this.hiddenTitles.has(one.title), (on) => {
          if (on) this.hiddenTitles.delete(one.title);
          else this.hiddenTitles.add(one.title);
          this.draw();
        }));
      }
    }
    const quiet = timelines.reduce((sum, one) => sum + one.rows.length + one.curves.length - this.telling(one).length, 0);
    if (quiet > 0) {
      this.ticks.append(tickOf(`${counted(quiet, "row")} that ${quiet === 1 ? "tells" : "tell"} little`, this.everything, (on) => {
        this.everything = on;
        this.draw();
      }));
    }
    this.row = this.item = null;
    this.said.textContent = "";
    this.table.open = false;
    this.fillTable();
    this.reset();
    const texts = timelines.map((one) => `${one.title}: ${quantity(one.makespan, PICOSECONDS)}`);
    this.alt.textContent = `Timeline of ${this.runs[run].title}. ${texts.join("; ")}.`;
    this.caption.replaceChildren(...timelines.flatMap((one, i) => [i ? "; " : "", one.title === one.label ? "" : `${one.title}: `, make("b", {}, quantity(one.makespan, PICOSECONDS)), " ", chip(one.label)]), ".");
  }

  reset() {
    this.look(0, this.longest * 1.01);
  }

  look(from, until) {
    const whole = this.longest * 1.01;
    const span = Math.min(whole, Math.max(until - from, this.longest / MOST_ZOOM, 10));
    this.from = Math.min(Math.max(0, from), whole - span);
    this.until = this.from + span;
    cancelAnimationFrame(this.frameRequest);
    this.frameRequest = requestAnimationFrame(() => this.draw());
  }

  zoom(factor, around = (this.from + this.until) / 2) {
    this.look(around - (around - this.from) * factor, around + (this.until - around) * factor);
  }

  pan(share) {
    const shift = (this.until - this.from) * share;
    this.look(this.from + shift, this.until + shift);
  }

  // Rows and curves of a timeline where something happens; of many links and memories those that are used most.
  telling(timeline) {
    const least = timeline.curves.map((curve) => curve.used).sort((a, b) => b - a)[CURVES - 1] ?? 0;
    const most = timeline.curves.filter((curve) => curve.used >= least).slice(0, CURVES);
    const busy = timeline.rows.filter((row) => row.layers.start.length + row.copies.start.length > 0 || row.load);
    return [...busy, ...most];
  }

  // Rows that are drawn, from top to bottom: titles of timelines, rows, curves.
  rows() {
    const rows = [];
    for (const timeline of this.runs[this.run].timelines) {
      if (this.hiddenTitles.has(timeline.title)) continue;
      rows.push({ kind: "title", height: TITLE, timeline });
      const telling = new Set(this.everything ? [...timeline.rows, ...timeline.curves] : this.telling(timeline));
      for (const row of timeline.rows.filter((one) => telling.has(one))) rows.push({ kind: row.kind, height: ROW, timeline, row });
      for (const curve of timeline.curves.filter((one) => telling.has(one))) rows.push({ kind: curve.kind, height: CURVE, timeline, curve });
    }
    let y = 0;
    for (const row of rows) {
      row.y = y;
      y += row.height;
    }
    this.height = y + AXIS;
    return rows;
  }

  draw() {
    const width = this.frame.clientWidth;
    if (width === 0) return;
    this.width = width;
    this.left = Math.min(170, Math.max(90, width * 0.17));
    this.inner = width - this.left - 64;
    this.drawn = this.rows();
    const { svg } = this;
    svg.setAttribute("viewBox", `0 0 ${width} ${this.height}`);
    svg.setAttribute("height", this.height);
    const hatch = makeSvg("defs", {}, makeSvg("pattern", { id: "lost-hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, makeSvg("rect", { width: 2, height: 5, fill: "#a33" })));
    const clip = makeSvg("clipPath", { id: `${this.key}-clip` }, makeSvg("rect", { x: this.left, y: 0, width: this.inner, height: this.height }));
    hatch.append(clip);
    this.kinds = new Set();
    const back = makeSvg("g");
    const marks = makeSvg("g", { "clip-path": `url(#${this.key}-clip)` });
    const texts = makeSvg("g");
    this.grid(back, texts);
    for (const row of this.drawn) {
      if (row.kind === "title") this.drawTitle(row, texts, marks);
      else this.drawRow(row, back, marks, texts);
    }
    svg.replaceChildren(this.alt, hatch, back, marks, texts);
    this.drawLegend();
    this.frame.dataset.span = String(this.until - this.from);
  }

  x(time) {
    return this.left + ((time - this.from) / (this.until - this.from)) * this.inner;
  }

  timeAt(event) {
    const { left } = this.svg.getBoundingClientRect();
    return this.from + ((event.clientX - left - this.left) / this.inner) * (this.until - this.from);
  }

  grid(back, texts) {
    const span = (this.until - this.from) * this.unit.scale;
    const step = nice(span / Math.max(3, this.inner / 110));
    const bottom = this.height - AXIS;
    // Zoomed far in, ticks need more digits than the unit gives by itself.
    const after = Math.max(0, Math.min(9, Math.ceil(-Math.log10(step) - 1e-9)));
    for (let tick = Math.ceil((this.from * this.unit.scale) / step) * step; tick <= this.until * this.unit.scale + step / 1e6; tick += step) {
      const x = this.x(tick / this.unit.scale);
      back.append(makeSvg("line", { class: "grid", x1: x, x2: x, y1: 0, y2: bottom + 4 }));
      texts.append(makeSvg("text", { class: "quiet", x, y: bottom + 17, "text-anchor": "middle" }, tick.toFixed(after)));
    }
    texts.append(makeSvg("text", { class: "quiet", x: this.left - 16, y: bottom + 17, "text-anchor": "end" }, `time (${this.unit.name})`));
  }

  drawTitle(row, texts, marks) {
    const { timeline } = row;
    texts.append(makeSvg("text", { class: "panel-title", x: 8, y: row.y + 18 }, timeline.title === timeline.label ? sentenceCase(timeline.label) : `${sentenceCase(timeline.title)}`));
    texts.append(makeSvg("text", { class: "quiet", x: this.width - 8, y: row.y + 18, "text-anchor": "end" }, "busy"));
    const x = this.x(timeline.makespan);
    const last = this.drawn.filter((one) => one.timeline === timeline).at(-1);
    marks.append(makeSvg("line", { class: "end", x1: x, x2: x, y1: row.y + 4, y2: last.y + last.height }));
    if (x > this.left + 40 && x <= this.left + this.inner) {
      texts.append(makeSvg("text", { class: "quiet", x: x - 4, y: row.y + 18, "text-anchor": "end" }, quantity(timeline.makespan, PICOSECONDS)));
    }
  }

  drawRow(row, back, marks, texts) {
    const label = row.row?.label ?? row.curve.label;
    const middle = row.y + row.height / 2 + 4;
    const letters = Math.floor((this.left - 20) / 6.4);
    texts.append(makeSvg("text", { x: this.left - 8, y: middle, "text-anchor": "end" }, makeSvg("title", {}, label), shortened(label, letters)));
    back.append(makeSvg("rect", { class: "row-back", x: this.left, y: row.y + 2, width: this.inner, height: row.height - 4 }));
    if (this.row === row.row && row.row) back.append(makeSvg("rect", { class: "row-chosen", x: this.left - 1, y: row.y + 1, width: this.inner + 2, height: row.height - 2 }));
    const share = row.curve ? row.curve.used / 100 : row.row.busy === null ? null : row.row.busy / Math.max(1, row.timeline.makespan);
    if (share !== null) texts.append(makeSvg("text", { class: "quiet", x: this.width - 8, y: middle, "text-anchor": "end" }, share > 0 && share < 0.01 ? "< 1 %" : `${Math.round(100 * share)} %`));
    if (row.curve) this.drawCurve(row, marks);
    else this.drawBars(row, marks);
  }

  // Bars of one class are one path; of those that share a pixel, the first is drawn.
  path(starts, finishes, top, height, of = () => true) {
    const { from, until } = this;
    const scale = this.inner / (until - from);
    let path = "";
    let filled = -Infinity;
    for (let i = 0; i < starts.length; i++) {
      if (finishes[i] < from || starts[i] > until || !of(i)) continue;
      const x0 = Math.max(-10, (starts[i] - from) * scale);
      const x1 = Math.min(this.inner + 10, (finishes[i] - from) * scale);
      if (x1 < filled) continue;
      const begin = Math.max(x0, filled);
      const end = Math.max(x1, begin + 0.6);
      filled = end - x0 < 1 ? end : -Infinity;
      path += `M${(this.left + begin).toFixed(1)} ${top}h${(end - begin).toFixed(1)}v${height}h${(begin - end).toFixed(1)}z`;
    }
    return path;
  }

  bars(marks, path, name) {
    if (path === "") return;
    marks.append(makeSvg("path", { class: name, d: path }));
    this.kinds.add(name.split(" ")[0]);
  }

  drawBars(row, marks) {
    const { layers, copies, lost, load } = row.row;
    const top = row.y + (row.height - BAR) / 2;
    if (load) this.bars(marks, this.path(load.start, load.finish, row.y + 2, row.height - 4), "away");
    for (let family = 0; family < FAMILY_WORDS.length; family++) {
      this.bars(marks, this.path(layers.start, layers.finish, top, BAR, (i) => layers.family[i] === family), `family-${family} edges`);
    }
    if (lost) this.bars(marks, this.path(lost.start, lost.finish, top, BAR), "lost");
    this.bars(marks, this.path(copies.queued, copies.start, row.y + 2, 2.5, (i) => copies.start[i] > copies.queued[i]), "queue");
    this.bars(marks, this.path(copies.start, copies.data, top, BAR, (i) => copies.data[i] > copies.start[i]), "setup");
    this.bars(marks, this.path(copies.data, copies.finish, top, BAR), "copy edges");
    this.letters(layers, (i) => this.names[layers.name[i]], (i) => (layers.family[i] === 0 ? "on-0" : "on-other"), top, marks);
    if (this.item && this.item.row === row.row) {
      const { start, finish } = this.item;
      const x = this.x(start);
      marks.append(makeSvg("rect", { class: "marked", x, y: top - 1, width: Math.max(2, this.x(finish) - x), height: BAR + 2 }));
    }
  }

  // Names where there is room for them: of long names the end, which tells layers apart.
  letters(items, name, look, top, marks) {
    const scale = this.inner / (this.until - this.from);
    for (let i = 0; i < items.start.length; i++) {
      const width = (items.finish[i] - items.start[i]) * scale;
      if (width < 26 || items.finish[i] < this.from || items.start[i] > this.until) continue;
      const from = Math.max(items.start[i], this.from);
      const until = Math.min(items.finish[i], this.until);
      const room = Math.floor(((until - from) * scale - 6) / 6.3);
      if (room < 3) continue;
      const whole = name(i);
      const text = whole.length <= room ? whole : `…${whole.slice(whole.length - room + 1)}`;
      marks.append(makeSvg("text", { class: look(i), x: this.x((from + until) / 2), y: top + 12, "text-anchor": "middle" }, text));
    }
  }

  // A step curve; of the points that share a pixel, the mean.
  drawCurve(row, marks) {
    const { points, capacity, kind } = row.curve;
    const bottom = row.y + row.height - 3;
    const room = row.height - 6;
    const times = points.map((point) => point[0]);
    const pixel = (this.until - this.from) / this.inner;
    let next = Math.max(0, firstAtLeast(times, this.from + 1) - 1);
    let value = next > 0 || times[0] <= this.from ? (points[next]?.[1] ?? 0) : 0;
    if (times[0] > this.from) {
      next = 0;
      value = 0;
    } else next += 1;
    let path = `M${this.left} ${bottom}`;
    let drawn = null;
    for (let step = 0; step < this.inner; step++) {
      let at = this.from + step * pixel;
      const end = at + pixel;
      let sum = 0;
      while (next < points.length && times[next] < end) {
        sum += value * (times[next] - at);
        at = times[next];
        value = points[next][1];
        next += 1;
      }
      sum += value * (end - at);
      const y = bottom - room * Math.min(1, sum / pixel / capacity);
      if (drawn === null || Math.abs(y - drawn) > 0.2) {
        path += `H${(this.left + step).toFixed(0)}V${y.toFixed(1)}`;
        drawn = y;
      }
    }
    path += `H${this.left + this.inner}V${bottom}z`;
    marks.append(makeSvg("path", { class: kind === "memory" ? "curve curve-memory" : "curve", d: path }));
    this.kinds.add(kind === "memory" ? "curve-memory" : "curve");
  }

  drawLegend() {
    const words = { copy: "copy", setup: "setting a copy up", queue: "a copy waits for its turn", away: "others use it", lost: "lost, done again", curve: "what a link carries, of what it could", "curve-memory": "what a memory moves, of what it could" };
    const kinds = [...FAMILY_WORDS.map((text, i) => [`family-${i}`, text]), ...Object.entries(words)];
    this.legend.replaceChildren(...kinds.filter(([name]) => this.kinds.has(name)).map(([name, text]) => make("li", {}, make("i", { class: `swatch ${name}` }), text)));
  }

  describe(row, what, i) {
    const { layers, copies } = row.row;
    const from = (time) => quantity(time, PICOSECONDS, 4);
    if (what === "layer") {
      return [
        this.names[layers.name[i]],
        `${this.names[layers.operator[i]]}, on ${row.row.label}`,
        `${from(layers.start[i])} to ${from(layers.finish[i])}: takes ${from(layers.finish[i] - layers.start[i])}`,
        row.timeline.title,
      ].join("\n");
    }
    const wait = copies.start[i] - copies.queued[i];
    return [
      `copy of ${this.names[copies.name[i]]}`,
      `${quantity(copies.bytes[i], { unit: "B", factor: 1, prefixes: true })} from ${this.names[copies.from[i]]} to ${this.names[copies.to[i]]}, by ${row.row.label}`,
      `${from(copies.start[i])} to ${from(copies.finish[i])}: takes ${from(copies.finish[i] - copies.start[i])}${wait > 0 ? `, waits ${from(wait)} before` : ""}`,
      row.timeline.title,
    ].join("\n");
  }

  under(event) {
    const { top } = this.svg.getBoundingClientRect();
    const y = event.clientY - top;
    const time = this.timeAt(event);
    const row = this.drawn?.find((one) => y >= one.y && y < one.y + one.height);
    if (!row || row.kind === "title" || time < this.from || time > this.until) return null;
    if (row.curve) {
      const { points, capacity } = row.curve;
      const place = firstAtLeast(points.map((point) => point[0]), time + 1) - 1;
      const rate = { unit: "B/s", factor: 1, prefixes: true };
      const value = place < 0 ? 0 : points[place][1];
      return `${row.curve.label} at ${quantity(time, PICOSECONDS)}\n${quantity(value, rate)} of ${quantity(capacity, rate)} (${Math.round((100 * value) / capacity)} %)\n${row.timeline.title}`;
    }
    const near = 2 * ((this.until - this.from) / this.inner);
    const pick = (items) => {
      for (let i = 0; i < items.start.length; i++) if (time >= items.start[i] - near && time <= items.finish[i] + near) return i;
      return -1;
    };
    const layer = pick(row.row.layers);
    if (layer >= 0) return this.describe(row, "layer", layer);
    const copy = pick(row.row.copies);
    if (copy >= 0) return this.describe(row, "copy", copy);
    const load = row.row.load;
    const busy = load ? pick(load) : -1;
    return busy >= 0 ? `${row.row.label}: ${this.names[load.what[busy]]}\n${row.timeline.title}` : null;
  }

  // All that happens in a row, in order, for those who go by keys.
  entries(row) {
    const of = (items, what) => items.start.map((start, i) => ({ what, i, start, finish: items.finish[i], row: row.row }));
    return [...of(row.row.layers, "layer"), ...of(row.row.copies, "copy")].sort((a, b) => a.start - b.start);
  }

  chooseRow(step) {
    const rows = this.drawn.filter((row) => row.row);
    const now = rows.findIndex((row) => row.row === this.row);
    const next = rows[Math.min(rows.length - 1, Math.max(0, now < 0 ? 0 : now + step))];
    if (!next) return;
    this.row = next.row;
    this.item = null;
    this.said.textContent = `Row ${next.row.label} of ${next.timeline.title}: ${counted(next.row.layers.start.length, "layer")}, ${counted(next.row.copies.start.length, "copy", "copies")}.`;
    this.draw();
  }

  step(direction) {
    if (!this.row) this.chooseRow(0);
    const row = this.drawn.find((one) => one.row === this.row);
    if (!row) return;
    const entries = this.entries(row);
    if (entries.length === 0) return;
    const now = this.item ? entries.findIndex((one) => one.what === this.item.what && one.i === this.item.i) : -1;
    const first = this.item ? now + direction : Math.max(0, entries.findIndex((one) => one.finish >= this.from));
    this.item = entries[Math.min(entries.length - 1, Math.max(0, first))];
    const span = this.until - this.from;
    if (this.item.start < this.from || this.item.finish > this.until) {
      const middle = (this.item.start + this.item.finish) / 2;
      const wide = Math.max(span, (this.item.finish - this.item.start) * 1.2);
      this.look(middle - wide / 2, middle + wide / 2);
    } else this.draw();
    this.said.textContent = this.describe(row, this.item.what, this.item.i).replaceAll("\n", "; ");
  }

  // All layers and copies of what is shown, as rows; made when it is wanted.
  fillTable() {
    this.table.querySelector(".points")?.remove();
    if (!this.table.open) return;
    const found = { timeline: [], what: [], name: [], operator: [], where: [], start: [], time: [], wait: [], bytes: [] };
    for (const timeline of this.runs[this.run].timelines) {
      for (const row of timeline.rows) {
        row.layers.start.forEach((start, i) => push(found, timeline.title, "layer", this.names[row.layers.name[i]], this.names[row.layers.operator[i]], row.label, start, row.layers.finish[i] - start, null, null));
        row.copies.start.forEach((start, i) => push(found, timeline.title, "copy", this.names[row.copies.name[i]], `${this.names[row.copies.from[i]]} to ${this.names[row.copies.to[i]]}`, row.label, start, row.copies.finish[i] - start, start - row.copies.queued[i], row.copies.bytes[i]));
      }
    }
    const text = (name, title) => ({ name, title, number: false, ...indexed(found[name]) });
    const time = (name, title) => ({ name, title, number: true, ...PICOSECONDS, values: found[name] });
    const columns = [
      text("timeline", "timeline"), text("what", "what"), text("operator", "operator, or way"), text("where", "by"), time("start", "begins"), time("time", "takes"), time("wait", "waited before"),
      { name: "bytes", title: "size", number: true, unit: "B", factor: 1, prefixes: true, values: found.bytes },
    ];
    const place = make("div", { class: "points" });
    this.table.append(place);
    new DataTable(place, {
      caption: `Layers and copies of ${this.runs[this.run].title}`,
      columns: [{ name: "name", title: "name", number: false, ...indexed(found.name) }, ...columns],
      count: found.name.length,
      shown: columns.filter((column) => column.name !== "timeline" || this.runs[this.run].timelines.length > 1).map((column) => column.name),
      rowName: "name",
      rowTitle: (row) => found.name[row],
      file: "timeline.csv",
    });
  }
}

function push(found, ...values) {
  Object.values(found).forEach((list, i) => list.push(values[i]));
}

function indexed(values) {
  const number = new Map();
  const index = values.map((value) => {
    if (!number.has(value)) number.set(value, number.size);
    return number.get(value);
  });
  return { texts: [...number.keys()], index };
}
