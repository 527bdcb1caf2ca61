// Plots of a sweep, drawn by Plotly: the reader chooses axes, colours, scales and what is drawn.

const MOST_DRAWN = 20000; // single points; of more, every n-th is drawn, and the caption says so
const CROWDED = 3000;
const MOST_COLOURS = 10;
const SYMBOLS = ["circle", "square", "diamond", "triangle-up", "cross", "x", "star", "triangle-down", "pentagon", "hexagon"];
const PAPER = 700; // pixels: A4 without its margins
const FEW = 12; // values of an axis that are told apart one by one; more are put into bins

let plotlyScript = null;

// Plotly is unpacked when the first plot comes into view: until then the page is light.
function plotly() {
  plotlyScript ??= unpacked("plotly").then((text) => {
    const script = document.createElement("script");
    script.textContent = text;
    document.head.append(script);
    return window.Plotly;
  });
  return plotlyScript;
}

// Plotly reads <b> and <a> in its texts as markup. A name is a name.
function plain(text) {
  return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function shortened(text, most = 34) {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

function look() {
  return {
    paper_bgcolor: colour("card"),
    plot_bgcolor: colour("card"),
    font: { family: getComputedStyle(document.body).fontFamily, size: 12.5, color: colour("ink") },
    margin: { l: 72, r: 18, t: 16, b: 56 },
    hoverlabel: { bgcolor: colour("ink"), font: { color: colour("card"), size: 12.5 }, align: "left", namelength: -1 },
    legend: { bgcolor: "rgba(0,0,0,0)", itemsizing: "constant", title: { font: { size: 12 } } },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("quiet"), activecolor: colour("accent") },
    dragmode: "zoom",
  };
}

function axisLook(title) {
  return {
    title: { text: plain(title), standoff: 10 },
    gridcolor: colour("grid"),
    linecolor: colour("quiet"),
    tickcolor: colour("quiet"),
    zeroline: false,
    showline: true,
    ticks: "outside",
    ticklen: 4,
    automargin: true,
  };
}

const CONFIG = {
  responsive: true,
  displaylogo: false,
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
  toImageButtonOptions: { format: "svg", filename: "partita" },
};

// A frame that Plotly draws into when it is seen, or asked for.
class Drawing {
  constructor(place, name, build, click) {
    Object.assign(this, { build, click });
    this.area = make("div", { class: "plot-area", role: "group", "aria-label": name });
    this.caption = make("figcaption");
    place.append(make("figure", {}, this.area, this.caption));
    this.drawn = false;
    onLook(() => this.draw());
    new IntersectionObserver((entries, observer) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      this.draw();
    }, { rootMargin: "300px" }).observe(this.area);
  }

  async draw() {
    const Plotly = await plotly();
    const { traces, layout, caption } = this.build();
    this.caption.textContent = caption;
    // On a narrow page Plotly's buttons would lie on the legend; fingers need none of them.
    const config = { ...CONFIG, displayModeBar: this.area.clientWidth > 560 ? "hover" : false };
    // Paper may be narrower than the window that the page is printed from.
    const paper = theme.printing ? { width: Math.min(PAPER, this.area.clientWidth) } : { width: undefined };
    await Plotly.react(this.area, traces, { ...look(), ...layout, ...paper }, config);
    if (!this.drawn && this.click) {
      this.area.on("plotly_click", (event) => {
        const row = event.points[0]?.customdata;
        if (Number.isInteger(row)) this.click(row);
      });
    }
    this.drawn = true;
    this.area.dataset.drawn = String(Number(this.area.dataset.drawn ?? 0) + 1);
  }
}

// How a column is put on an axis: its numbers in a unit that reads well, or its texts as categories.
class Scale {
  constructor(column, rows, log) {
    this.column = column;
    this.log = log;
    if (column.number) {
      let largest = 0;
      let least = Infinity;
      for (const row of rows) {
        const size = Math.abs(column.values[row] ?? 0);
        largest = Math.max(largest, size);
        if (size > 0) least = Math.min(least, size);
      }
      this.decades = Math.log10(largest / least);
      this.unit = axisUnit(column, largest);
    }
  }

  at(row) {
    return this.column.number ? this.value(this.column.values[row]) : this.column.texts[this.column.index[row]];
  }

  value(stored) {
    return stored === null ? null : stored * this.unit.scale;
  }

  title() {
    const unit = this.column.number && this.unit.name ? ` (${this.unit.name})` : "";
    return `${this.column.label ? `${this.column.label === this.column.title.split(" ")[0] ? "" : `${this.column.label} `}` : ""}${this.column.title}${unit}`;
  }

  axis() {
    const axis = axisLook(this.title());
    if (!this.column.number) {
      const texts = this.column.texts;
      return { ...axis, type: "category", tickvals: texts, ticktext: texts.map((text) => plain(shortened(text, 24))) };
    }
    if (this.log) return { ...axis, type: "log", exponentformat: "SI", dtick: this.decades > 2.5 ? 1 : "D2" };
    return { ...axis, type: "linear", exponentformat: "SI" };
  }
}

// How many values a column has; more than a thousand are a thousand.
function distinct(column) {
  if (column.texts) return column.texts.length;
  const found = new Set();
  for (const value of column.values) {
    found.add(value);
    if (found.size === 1000) break;
  }
  return found.size;
}

// Worth a logarithmic scale: as the sweep's file says, else positive, and over more than a factor of thirty.
function isWide(column) {
  if (!column?.number) return false;
  if (typeof column.logarithmic === "boolean") return column.logarithmic;
  let low = Infinity;
  let high = 0;
  for (const value of column.values) {
    if (value === null) continue;
    if (value <= 0) return false;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high > 30 * low;
}

// Rows by the value of a column: by each of few values, else by bins of about equally many rows.
function groupsOf(column, rows, most = FEW) {
  const present = rows.filter((row) => valueAt(column, row) !== null);
  const byValue = new Map();
  for (const row of present) {
    const value = valueAt(column, row);
    if (!byValue.has(value)) byValue.set(value, []);
    byValue.get(value).push(row);
  }
  if (!column.number) {
    const collator = new Intl.Collator("en", { numeric: true });
    return [...byValue.entries()].sort((a, b) => collator.compare(a[0], b[0])).map(([value, some]) => ({ title: value, at: value, rows: some }));
  }
  if (byValue.size <= most) {
    return [...byValue.entries()].sort((a, b) => a[0] - b[0]).map(([value, some]) => ({ title: quantity(value, column), at: value, rows: some }));
  }
  const sorted = present.sort((a, b) => column.values[a] - column.values[b]);
  const groups = [];
  for (let part = 0; part < most; part++) {
    const some = sorted.slice(Math.floor((sorted.length * part) / most), Math.floor((sorted.length * (part + 1)) / most));
    if (some.length === 0) continue;
    const [low, high] = [column.values[some[0]], column.values[some.at(-1)]];
    groups.push({ title: `${quantity(low, column)} to ${quantity(high, column)}`, at: median(some.map((row) => column.values[row])), rows: some });
  }
  return groups;
}

class SweepPlot {
  constructor(place, sweep, points) {
    this.sweep = sweep;
    this.points = points;
    this.rows = sweep.number.map((_, row) => row);
    this.columns = sweep.columns.filter(isVaried);
    const axes = this.columns.filter((column) => column.role === "axis");
    const byEffect = sweep.first.map((name) => axes.find((axis) => axis.name === name)).filter(Boolean);
    const answer = sweep.columns.find((column) => column.name === sweep.answer) ?? this.columns.find((column) => column.role === "result" && column.number);
    // Across: the number that the sweep asks about first. In colour: what can be told apart, else what matters most.
    const x = axes.find((axis) => axis.number && distinct(axis) > 2) ?? axes.find((axis) => axis.number) ?? axes[0] ?? answer;
    const rest = [...byEffect, ...axes.filter((axis) => !byEffect.includes(axis))].filter((axis) => axis !== x);
    this.x = x;
    this.y = answer;
    this.colour = rest.find((axis) => distinct(axis) <= 6) ?? rest[0] ?? null;
    this.second = rest[0] ?? null;
    const many = sweep.number.length > 60 || sweep.repeated;
    // Thousands of single points say less at first sight, and take longer.
    const crowded = sweep.number.length > CROWDED;
    this.kind = x?.role === "axis" && (crowded || (many && distinct(x) <= 40)) ? "medians" : "points";
    this.logX = isWide(x);
    this.logY = isWide(answer);
    if (!x || !answer || x === answer) {
      const why = answer ? "no axis of this sweep changes" : "no result of this sweep is a number";
      place.append(make("p", { class: "note" }, `There is nothing to draw: ${why}.`));
      return;
    }
    this.controls(place);
    this.drawing = new Drawing(place, `Plot of sweep ${sweep.name}`, () => this.build(), (row) => points.open(row));
    place.append(make("p", { class: "keys" }, "A click on a point shows all of it; dragging enlarges a part, a double click goes back. All that is drawn stands in the table below."));
    points.listeners.push((rows) => {
      this.rows = rows;
      if (this.drawing.drawn) this.drawing.draw();
    });
  }

  controls(place) {
    const named = (columns) => columns.map((column) => [column.name, column.title + (column.label ? ` (${column.label})` : "")]);
    const find = (name) => this.sweep.columns.find((column) => column.name === name) ?? null;
    const numbers = this.sweep.columns.filter((column) => column.number);
    const box = make("div", { class: "controls", role: "group", "aria-label": "What the plot shows" });
    const again = () => {
      this.fields.second.hidden = this.kind !== "heat";
      this.fields.colour.hidden = this.kind === "heat";
      this.fields.logY.hidden = this.kind === "heat";
      return this.drawing.draw();
    };
    const kinds = [["points", "every point"], ["medians", "medians, with the middle half"], ["heat", "a map of two axes"]];
    this.logXBox = tickOf("logarithmic across", this.logX, (on) => ((this.logX = on), again()));
    this.fields = {
      second: labelled("Upwards", choiceOf(named(this.columns.filter((one) => one !== this.y)), this.second?.name ?? this.x.name, (name) => ((this.second = find(name)), again()))),
      colour: labelled("Colour", choiceOf([["", "none"], ...named(this.columns)], this.colour?.name ?? "", (name) => ((this.colour = find(name)), again()))),
      logY: tickOf("logarithmic upwards", this.logY, (on) => ((this.logY = on), again())),
    };
    box.append(
      labelled("Show", choiceOf(kinds, this.kind, (kind) => ((this.kind = kind), again()))),
      labelled("Across", choiceOf(named(this.columns), this.x.name, (name) => {
        this.x = find(name);
        this.logX = isWide(this.x);
        this.logXBox.firstChild.checked = this.logX;
        again();
      })),
      labelled("Value", choiceOf(named(numbers), this.y.name, (name) => {
        this.y = find(name);
        this.logY = isWide(this.y);
        this.fields.logY.firstChild.checked = this.logY;
        again();
      })),
      this.fields.second,
      this.fields.colour,
      this.logXBox,
      this.fields.logY,
    );
    this.fields.second.hidden = this.kind !== "heat";
    this.fields.colour.hidden = this.fields.logY.hidden = this.kind === "heat";
    place.append(box);
  }

  build() {
    const drawn = this.rows.filter((row) => valueAt(this.x, row) !== null && this.y.values[row] !== null);
    if (this.kind === "heat" && this.second) return this.heat(drawn);
    return this.kind === "medians" ? this.medians(drawn) : this.every(drawn);
  }

  said(rows) {
    const filtered = this.rows.length < this.sweep.number.length ? " that pass the filters of the table" : "";
    const left = this.rows.length - rows.length;
    const without = left > 0 ? `; ${counted(left, "point")} without a value ${left === 1 ? "is" : "are"} left out` : "";
    return `${counted(rows.length, "point")}${filtered}${without}`;
  }

  coloured(rows) {
    if (!this.colour) return [{ title: "", rows }];
    const groups = groupsOf(this.colour, rows, MOST_COLOURS);
    if (groups.length <= MOST_COLOURS) return groups;
    const kept = [...groups].sort((a, b) => b.rows.length - a.rows.length).slice(0, MOST_COLOURS - 1);
    const others = groups.filter((group) => !kept.includes(group));
    return [...groups.filter((group) => kept.includes(group)), { title: `${others.length} others`, rows: others.flatMap((group) => group.rows) }];
  }

  frame(groups, x, y) {
    const named = groups.length > 1 || (groups[0]?.title ?? "") !== "";
    return {
      xaxis: x.axis(),
      yaxis: y.axis(),
      showlegend: named,
      legend: { ...look().legend, title: { text: named ? plain(shortened(this.colour.title, 40)) : "" }, orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
      hovermode: "closest",
    };
  }

  hover(row) {
    const lines = [`<b>point #${this.sweep.number[row]}</b>`];
    for (const column of [this.x, this.y, this.colour, ...this.sweep.columns.filter((one) => one.role === "axis" && isVaried(one))]) {
      if (!column) continue;
      const line = `${plain(shortened(column.title, 48))}: ${plain(shortened(textAt(column, row), 60))}${column.label ? ` (${column.label})` : ""}`;
      if (!lines.includes(line)) lines.push(line);
    }
    return lines.join("<br>");
  }

  every(rows) {
    const every = Math.max(1, Math.ceil(rows.length / MOST_DRAWN));
    const drawn = every > 1 ? rows.filter((_, i) => i % every === 0) : rows;
    const x = new Scale(this.x, drawn, this.logX);
    const y = new Scale(this.y, drawn, this.logY);
    const groups = this.coloured(drawn);
    const many = drawn.length > 500;
    const traces = groups.map((group, i) => ({
      type: "scatter",
      mode: "markers",
      name: plain(shortened(group.title)),
      x: group.rows.map((row) => x.at(row)),
      y: group.rows.map((row) => y.at(row)),
      customdata: group.rows,
      // Made when it is asked for would be better; Plotly wants it at once, so only where points are few.
      text: many ? undefined : group.rows.map((row) => this.hover(row)),
      hovertemplate: many ? `%{x} · %{y}<extra>${plain(shortened(group.title))}</extra>` : "%{text}<extra></extra>",
      marker: { color: colour(`series-${i % 10}`), symbol: SYMBOLS[i % 10], size: drawn.length > 3000 ? 4 : drawn.length > 500 ? 5 : 7, opacity: drawn.length > 3000 ? 0.6 : 0.85 },
    }));
    const best = this.sweep.best;
    if (best !== null && this.y.name === this.sweep.answer && rows.includes(best)) {
      traces.push({
        type: "scatter",
        mode: "markers+text",
        name: "best",
        showlegend: false,
        x: [x.at(best)],
        y: [y.at(best)],
        customdata: [best],
        text: ["best"],
        textposition: this.sweep.smaller ? "bottom center" : "top center",
        hovertemplate: `${this.hover(best)}<extra>best</extra>`,
        marker: { color: "rgba(0,0,0,0)", size: 14, line: { color: colour("ink"), width: 2 } },
      });
    }
    const part = every > 1 ? ` Drawn: every ${every}th.` : "";
    return {
      traces,
      layout: this.frame(groups, x, y),
      caption: `${this.title(x, y)}: ${this.said(rows)}.${part}`,
    };
  }

  title(x, y) {
    const colour = this.colour ? `; colours: ${this.colour.title}` : "";
    return `${sentenceCase(this.y.title)}${this.y.label ? ` (${this.y.label})` : ""} over ${this.x.title}${colour}`;
  }

  medians(rows) {
    const y = new Scale(this.y, rows, this.logY);
    const x = new Scale(this.x, rows, this.logX);
    const groups = this.coloured(rows);
    const traces = groups.flatMap((group, i) => {
      const steps = groupsOf(this.x, group.rows, 24);
      const values = steps.map((step) => Float64Array.from(step.rows, (row) => this.y.values[row]).sort());
      const at = (sorted, share) => sorted[Math.round((sorted.length - 1) * share)];
      const middle = values.map((sorted) => y.value(median(sorted)));
      const low = values.map((sorted) => y.value(at(sorted, 0.25)));
      const high = values.map((sorted) => y.value(at(sorted, 0.75)));
      return [{
        type: "scatter",
        mode: this.x.number ? "lines+markers" : "markers",
        name: plain(shortened(group.title)),
        x: steps.map((step) => (this.x.number ? x.value(step.at) : step.at)),
        y: middle,
        error_y: { type: "data", symmetric: false, array: high.map((one, k) => one - middle[k]), arrayminus: low.map((one, k) => middle[k] - one), thickness: 1, width: 3, color: colour(`series-${i % 10}`) },
        text: steps.map((step, k) => [
          group.title ? `<b>${plain(shortened(group.title, 60))}</b>` : "",
          `${plain(shortened(this.x.title, 48))}: ${plain(shortened(step.title, 60))}`,
          `median ${plain(shortened(this.y.title, 48))}: ${quantity(median(values[k]), this.y)}${this.y.label ? ` (${this.y.label})` : ""}`,
          `${counted(step.rows.length, "point")}, the middle half from ${quantity(at(values[k], 0.25), this.y)} to ${quantity(at(values[k], 0.75), this.y)}`,
        ].filter(Boolean).join("<br>")),
        hovertemplate: "%{text}<extra></extra>",
        line: { color: colour(`series-${i % 10}`), width: 2, dash: i < 5 ? "solid" : "dash" },
        marker: { color: colour(`series-${i % 10}`), symbol: SYMBOLS[i % 10], size: 7 },
      }];
    });
    return {
      traces,
      layout: this.frame(groups, x, y),
      caption: `${this.title(x, y)}: medians of all points with the same values, bars over the middle half of them; ${this.said(rows)}.`,
    };
  }

  heat(rows) {
    const across = groupsOf(this.x, rows);
    const upwards = groupsOf(this.second, rows);
    const column = new Map(across.flatMap((group, i) => group.rows.map((row) => [row, i])));
    const cells = upwards.map(() => across.map(() => []));
    upwards.forEach((group, k) => group.rows.forEach((row) => column.has(row) && cells[k][column.get(row)].push(this.y.values[row])));
    const medians = cells.map((line) => line.map((values) => (values.length ? median(values) : null)));
    const found = medians.flat().filter((value) => value !== null);
    const log = isWide({ number: true, values: found });
    const unit = axisUnit(this.y, Math.max(...found.map(Math.abs), 0));
    const shown = medians.map((line) => line.map((value) => (value === null ? null : log ? Math.log10(value * unit.scale) : value * unit.scale)));
    const names = (groups) => groups.map((group) => plain(shortened(group.title, 26)));
    const text = medians.map((line, k) => line.map((value, i) => value === null ? "" :
      `${plain(this.x.title)}: ${plain(across[i].title)}<br>${plain(this.second.title)}: ${plain(upwards[k].title)}<br>median ${plain(this.y.title)}: ${quantity(value, this.y)}${this.y.label ? ` (${this.y.label})` : ""}, ${counted(cells[k][i].length, "point")}`));
    const flat = shown.flat().filter((value) => value !== null);
    const ticks = log ? logTicks(Math.min(...flat), Math.max(...flat)) : null;
    const few = across.length <= 12 && upwards.length <= 16;
    return {
      traces: [{
        type: "heatmap",
        z: shown,
        x: across.map((_, i) => i),
        y: upwards.map((_, i) => i),
        text,
        hovertemplate: "%{text}<extra></extra>",
        colorscale: "Cividis",
        reversescale: this.sweep.smaller && this.y.name === this.sweep.answer,
        xgap: 1,
        ygap: 1,
        colorbar: { title: { text: plain(`${shortened(this.y.title, 22)}${unit.name ? ` (${unit.name})` : ""}`), side: "right" }, outlinewidth: 0, ...(ticks ? { tickvals: ticks.map(Math.log10), ticktext: ticks.map((tick) => digits(tick)) } : {}) },
      }],
      layout: {
        xaxis: { ...axisLook(this.x.title), tickvals: across.map((_, i) => i), ticktext: names(across), showgrid: false },
        yaxis: { ...axisLook(this.second.title), tickvals: upwards.map((_, i) => i), ticktext: names(upwards), showgrid: false },
        annotations: few ? medians.flatMap((line, k) => line.map((value, i) => value === null ? null : {
          x: i, y: k, text: digits(value * unit.scale, 2), showarrow: false,
          font: { size: 11, color: inkOn(shown[k][i], Math.min(...flat), Math.max(...flat), this.sweep.smaller && this.y.name === this.sweep.answer) },
        }).filter(Boolean)) : [],
      },
      caption: `Median ${this.y.title}${this.y.label ? ` (${this.y.label})` : ""} by ${this.x.title} and ${this.second.title}${unit.name ? `, in ${unit.name}` : ""}: ${this.said(rows)}. Brighter is better where smaller is.`,
    };
  }
}

// Cividis goes from dark to bright: white letters on its first half, black ones on the second.
function inkOn(value, low, high, reversed) {
  const place = high > low ? (value - low) / (high - low) : 0.5;
  return (reversed ? 1 - place : place) < 0.45 ? "#ffffff" : "#000000";
}

function logTicks(low, high) {
  const ticks = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power++) {
    for (const step of high - low > 2.5 ? [1] : [1, 2, 5]) {
      const tick = step * 10 ** power;
      if (Math.log10(tick) >= low - 0.02 && Math.log10(tick) <= high + 0.02) ticks.push(tick);
    }
  }
  return ticks;
}

function sentenceCase(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// The main job: times of each plan by how they came about.
function plansChart(place, demo) {
  const kinds = [["predicted", "predicted", "circle-open"], ["calibrated", "simulated, calibrated machine", "diamond"], ["measured", "measured", "square"]];
  return new Drawing(place, "Times of plans", () => {
    const largest = Math.max(...demo.plans.flatMap((plan) => [plan.predicted, plan.measured ?? 0, plan.calibrated ?? 0]));
    const unit = axisUnit(PICOSECONDS, largest);
    const names = demo.plans.map((plan) => plain(plan.name));
    const traces = kinds.filter(([key]) => demo.plans.some((plan) => plan[key] !== null)).map(([key, title, symbol], i) => ({
      type: "scatter",
      mode: "markers",
      name: title,
      y: names,
      x: demo.plans.map((plan) => (plan[key] === null ? null : plan[key] * unit.scale)),
      text: demo.plans.map((plan) => `<b>${plain(plan.name)}</b><br>${title}: ${quantity(plan[key], PICOSECONDS)}`),
      hovertemplate: "%{text}<extra></extra>",
      marker: { symbol, size: 10, color: colour(`series-${i}`), line: { width: 2, color: colour(`series-${i}`) } },
      error_x: key === "measured" ? {
        type: "data", symmetric: false, thickness: 1.5, width: 4, color: colour(`series-${i}`),
        array: demo.plans.map((plan) => (plan.high === null ? 0 : Math.max(0, plan.high - plan.measured) * unit.scale)),
        arrayminus: demo.plans.map((plan) => (plan.low === null ? 0 : Math.max(0, plan.measured - plan.low) * unit.scale)),
      } : undefined,
    }));
    const bound = demo.bound ? [{ type: "line", x0: demo.bound * unit.scale, x1: demo.bound * unit.scale, y0: 0, y1: 1, yref: "paper", line: { color: colour("quiet"), dash: "dot", width: 1.5 } }] : [];
    return {
      traces,
      layout: {
        xaxis: { ...axisLook(`time of one inference (${unit.name})`), rangemode: "tozero" },
        yaxis: { ...axisLook(""), type: "category", autorange: "reversed", title: undefined },
        shapes: bound,
        legend: { ...look().legend, orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
      },
      caption: `Times of each plan${demo.plans.some((plan) => plan.measured !== null) ? "; bars: where most measured runs lie" : ""}${demo.bound ? `. Dotted: no plan can be faster than ${quantity(demo.bound, PICOSECONDS)} (predicted)` : ""}.`,
    };
  });
}

function adaptChart(place, demo) {
  const words = { static: "the plan stays", adapted: "the plan is changed" };
  return new Drawing(place, "Latency while the machine is disturbed", () => {
    const shapes = [];
    for (const one of demo.series) {
      if (one.disturbed !== null) shapes.push({ type: "line", x0: one.disturbed, x1: one.disturbed, y0: 0, y1: 1, yref: "paper", line: { color: colour("quiet"), dash: "dot" } });
    }
    return {
      traces: demo.series.map((one, i) => ({
        type: "scatter",
        mode: "lines",
        name: `${words[one.policy] ?? plain(one.policy)}, ${one.execution === "real" ? "measured" : "simulated"}`,
        x: one.latency.map((_, k) => k),
        y: one.latency,
        hovertemplate: "inference %{x}: %{y:.3~f} ms<extra>%{fullData.name}</extra>",
        line: { color: colour(`series-${i % 10}`), dash: one.execution === "real" ? "solid" : "dash", width: 1.75, shape: "hv" },
      })),
      layout: {
        xaxis: { ...axisLook("inference"), rangemode: "tozero" },
        yaxis: { ...axisLook("latency (ms)"), rangemode: "tozero" },
        shapes,
        legend: { ...look().legend, orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
      },
      caption: `Latency of one inference after the other. Dotted: from here on the machine is disturbed${demo.series[0]?.disturbance ? ` (${demo.series[0].disturbance})` : ""}.`,
    };
  });
}
