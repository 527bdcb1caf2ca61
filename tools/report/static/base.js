"use strict";

// What all parts of the page use: data, numbers, elements, tips, themes.

// An element with attributes and children; texts are texts, never markup.
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function makeSvg(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

async function unpacked(id) {
  const letters = atob(document.getElementById(id).textContent);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

const PREFIXES = { 5: "P", 4: "T", 3: "G", 2: "M", 1: "k", 0: "", "-1": "m", "-2": "µ", "-3": "n", "-4": "p", "-5": "f" };
const POWERS = Object.fromEntries(Object.entries(PREFIXES).map(([power, prefix]) => [prefix, 10 ** (3 * power)]));
POWERS.u = POWERS["µ"];
POWERS.K = POWERS.k;
const BINARY = ["Ki", "Mi", "Gi", "Ti", "Pi"];
BINARY.forEach((prefix, i) => (POWERS[prefix] = 1024 ** (i + 1)));

// "4 GiB", of a whole number of them that is no round number in GB; else "".
function binaryText(value, by, count) {
  if (!["B", "B/s"].includes(by.unit) || by.factor !== 1 || value <= 0 || value === Number(value.toExponential(count - 1))) return "";
  for (let power = BINARY.length; power > 0; power--) {
    const whole = value / 1024 ** power;
    if (Number.isInteger(whole)) return whole < 1024 ? `${whole} ${BINARY[power - 1]}${by.unit}` : "";
  }
  return "";
}

// As tools/report/naming.py does it: three significant digits, no exponent where that stays readable.
function digits(value, count = 3) {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return String(value);
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent < -4 || exponent > 14) return value.toExponential(count - 1).replace(/e([-+])(\d)$/, "e$10$2");
  const rounded = Number(value.toPrecision(count));
  const after = Math.max(0, count - 1 - Math.floor(Math.log10(Math.abs(rounded))));
  const text = rounded.toFixed(Math.min(after, 20));
  return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
}

// { unit: "s", factor: 1e-12, prefixes: true } is what a column of picoseconds is shown by.
const PICOSECONDS = { unit: "s", factor: 1e-12, prefixes: true };

function powerFor(value, unit) {
  let power = Math.floor(Math.log10(Math.abs(value)) / 3 + 1e-9);
  if (Number((Math.abs(value) / 1000 ** power).toPrecision(3)) >= 1000) power += 1;
  power = Math.min(Math.max(power, -5), 5);
  return unit === "s" ? Math.min(power, 0) : power;
}

function quantity(value, by, count = 3) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!by.unit) return digits(value, Math.max(count, 4));
  if (!by.prefixes) return `${digits(value, count)} ${by.unit}`;
  const scaled = value * by.factor;
  if (scaled === 0) return `0 ${by.unit}`;
  const binary = binaryText(value, by, count);
  if (binary) return binary;
  const power = powerFor(scaled, by.unit);
  return `${digits(scaled / 1000 ** power, count)} ${PREFIXES[power]}${by.unit}`;
}

// "5 ms" as a value of the column; null where that is none. Without a unit: as the column is stored.
function parseQuantity(text, by) {
  const found = /^\s*([-+]?[\d.,]*\d(?:[eE][-+]?\d+)?)\s*(.*?)\s*$/.exec(text);
  if (!found) return null;
  const number = Number(found[1].replaceAll(",", ""));
  if (Number.isNaN(number)) return null;
  const unit = found[2];
  if (unit === "" || unit === by.unit) return unit === "" ? number : number / (by.factor || 1);
  if (by.prefixes && unit.endsWith(by.unit)) {
    const prefix = unit.slice(0, unit.length - by.unit.length);
    return prefix in POWERS ? (number * POWERS[prefix]) / by.factor : null;
  }
  return null;
}

// The unit in which numbers up to `largest` read well, for axes: what to multiply with, and its name.
function axisUnit(by, largest) {
  if (!by.prefixes || !(largest > 0)) return { scale: 1, name: by.prefixes && by.factor !== 1 ? by.unit : by.unit };
  const power = powerFor(largest * by.factor, by.unit);
  return { scale: by.factor / 1000 ** power, name: `${PREFIXES[power]}${by.unit}` };
}

function counted(count, one, several = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : several}`;
}

function median(values) {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// A label of how a number came about, as the templates write it.
function chip(label) {
  return label ? make("span", { class: `label label-${label.replaceAll(" ", "-")}` }, label) : null;
}

const tip = {
  show(text, x, y) {
    const box = document.getElementById("tip");
    box.textContent = text;
    box.hidden = false;
    const { width, height } = box.getBoundingClientRect();
    box.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - width - 8))}px`;
    box.style.top = `${y + 18 + height > innerHeight ? Math.max(4, y - height - 12) : y + 18}px`;
  },
  hide() {
    document.getElementById("tip").hidden = true;
  },
};

// Colours that plots take from the style sheet: as the browser resolves them, light or dark.
const probe = make("i", { hidden: true });
function colour(name) {
  if (!probe.isConnected) document.body.append(probe);
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

// Who draws with colours or sizes of the page, and draws anew when they change.
const redraws = [];
function onLook(redraw) {
  redraws.push(redraw);
}
function redrawAll() {
  return Promise.all(redraws.map((redraw) => redraw()));
}

const theme = {
  dark: matchMedia("(prefers-color-scheme: dark)"),
  print: matchMedia("print"),
  chosen: "auto",
  apply() {
    document.documentElement.dataset.theme = this.chosen;
  },
  printing: false,
  start() {
    const choice = document.getElementById("theme");
    try {
      this.chosen = localStorage.getItem("partita-theme") || "auto";
    } catch {
      // a page that may store nothing
    }
    choice.value = this.chosen;
    this.apply();
    choice.addEventListener("change", () => {
      this.chosen = choice.value;
      try {
        localStorage.setItem("partita-theme", this.chosen);
      } catch {
        // see above
      }
      this.apply();
      redrawAll();
    });
    this.dark.addEventListener("change", redrawAll);
    const paper = (printing) => {
      if (this.printing === printing) return;
      this.printing = printing;
      document.documentElement.dataset.ready = "";
      redrawAll().then(() => (document.documentElement.dataset.ready = "yes"));
    };
    this.print.addEventListener("change", (change) => paper(change.matches));
    addEventListener("beforeprint", () => paper(true));
    addEventListener("afterprint", () => paper(false));
  },
};

async function copyText(text, button) {
  const before = button.firstChild.textContent;
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages of file: may not write the clipboard in every browser; the old way still can.
    const field = make("textarea", { class: "hidden", "aria-hidden": "true" });
    field.value = text;
    document.body.append(field);
    field.select();
    done = document.execCommand("copy");
    field.remove();
    button.focus();
  }
  button.firstChild.textContent = done ? "Copied" : "Cannot copy";
  setTimeout(() => (button.firstChild.textContent = before), 1500);
}

function commandBox(text, what) {
  const button = make("button", { type: "button", class: "copy" }, "Copy", make("span", { class: "hidden" }, ` ${what}`));
  button.addEventListener("click", () => copyText(text, button));
  return make("div", { class: "command" }, make("pre", { tabindex: "0", "aria-label": what }, make("code", {}, text)), button);
}

function labelled(text, control) {
  return make("label", {}, text, control);
}

function choiceOf(options, value, change) {
  const select = make("select", {});
  for (const [key, text] of options) select.append(make("option", { value: key, selected: key === value }, text));
  select.addEventListener("change", () => change(select.value));
  return select;
}

function tickOf(text, checked, change) {
  const box = make("input", { type: "checkbox" });
  box.checked = checked;
  box.addEventListener("change", () => change(box.checked));
  return make("label", { class: "tick" }, box, text);
}
