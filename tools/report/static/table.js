// Tables of many rows: sorted by a button in each heading, filtered by a field under it, shown by pages.

const PAGE_SIZES = [10, 25, 50, 100];

// A table's column: {name, title, number, unit, factor, prefixes, label, values} of numbers, or {texts, index} of texts.
function valueAt(column, row) {
  if (column.values) return column.values[row];
  return column.index[row] < 0 ? null : column.texts[column.index[row]];
}

function textAt(column, row) {
  const value = valueAt(column, row);
  if (value === null || value === undefined) return "–";
  return column.number ? quantity(value, column) : String(value);
}

// What a field under a heading asks for: a test of a row, null where the field is empty. Throws what is wrong with it.
function testOf(column, written) {
  const text = written.trim();
  if (text === "") return null;
  if (!column.number) {
    const wanted = text.toLowerCase();
    const matching = column.texts.map((one) => one.toLowerCase().includes(wanted));
    return (row) => column.index[row] >= 0 && matching[column.index[row]];
  }
  const number = (part) => {
    const value = parseQuantity(part, column);
    if (value === null) throw new Error(`${column.title}: "${part.trim()}" is no number${column.unit ? ` of ${column.unit}` : ""}`);
    return value;
  };
  const compared = /^(<=|>=|<|>|=)(.*)$/.exec(text);
  const between = /^(.*?)\s*(?:\.\.|\bto\b)\s*(.*)$/.exec(text);
  const present = (row) => column.values[row] !== null;
  if (compared) {
    const limit = number(compared[2]);
    const near = Math.abs(limit) * 0.0051; // "=" means the digits that are shown
    const tests = {
      "<": (value) => value < limit,
      "<=": (value) => value <= limit,
      ">": (value) => value > limit,
      ">=": (value) => value >= limit,
      "=": (value) => Math.abs(value - limit) <= near,
    };
    return (row) => present(row) && tests[compared[1]](column.values[row]);
  }
  if (between) {
    const [low, high] = [number(between[1]), number(between[2])];
    return (row) => present(row) && column.values[row] >= low && column.values[row] <= high;
  }
  const exact = number(text);
  return (row) => present(row) && Math.abs(column.values[row] - exact) <= Math.abs(exact) * 0.0051;
}

// RFC 4180, as the numbers are stored; a text that a spreadsheet would take for a formula is one no more.
function csvOf(columns, rows) {
  const quoted = (value) => {
    if (value === null || value === undefined) return "";
    let text = String(value);
    if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [columns.map((column) => quoted(column.name))];
  for (const row of rows) lines.push(columns.map((column) => quoted(valueAt(column, row))));
  return lines.map((line) => line.join(",")).join("\r\n") + "\r\n";
}

class DataTable {
  // `shown`: names of the columns at first; `rowTitle(row)`: the text of a row's button, which calls `open(row)`;
  // `marked`: the row that stands out; `filtered(rows)` is called with the rows that are left.
  constructor(place, { caption, columns, count, shown, rowTitle, rowName, open, marked, filtered, file, size = 10, sorting = { column: null, down: false } }) {
    Object.assign(this, { place, caption, columns, count, rowTitle, rowName, open, marked, filtered, file, size });
    this.shown = columns.filter((column) => shown.includes(column.name));
    this.filters = new Map();
    this.words = "";
    this.sorting = sorting;
    this.page = 0;
    this.rows = Array.from({ length: count }, (_, row) => row);
    this.build();
    this.update();
    onLook(() => this.draw());
  }

  // On paper nobody turns pages.
  get rowsShown() {
    return theme.printing ? Math.max(this.size, 25) : this.size;
  }

  build() {
    this.status = make("p", { class: "note", role: "status" });
    this.search = make("input", { type: "search", placeholder: "any text" });
    this.search.addEventListener("input", () => this.later(() => (this.words = this.search.value)));
    const clear = make("button", { type: "button", onclick: () => this.clear() }, "Clear filters");
    const save = make("button", { type: "button", onclick: () => this.download() }, "Save as CSV");
    this.controls = make("div", { class: "controls" }, labelled("Rows that contain", this.search), clear, save);
    this.heads = make("tr");
    this.fields = make("tr", { class: "filters" });
    this.body = make("tbody");
    const table = make("table", {}, make("caption", {}, this.caption), make("thead", {}, this.heads, this.fields), this.body);
    this.scroll = make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": this.caption }, table);
    this.pager = make("div", { class: "pager", role: "group", "aria-label": `Pages of ${this.caption}` });
    const choice = make("details", {}, make("summary", {}, "Columns and filters"));
    const boxes = make("div", { class: "columns-choice" });
    for (const column of this.columns) {
      boxes.append(
        tickOf(column.title, this.shown.includes(column), (on) => {
          this.shown = this.columns.filter((one) => (one === column ? on : this.shown.includes(one)));
          this.head();
          this.draw();
        }),
      );
    }
    choice.append(
      make(
        "p",
        { class: "note" },
        "The field under a heading takes a part of a text, or a number, with its unit where it has one: ",
        make("code", {}, "5 ms"),
        ", ",
        make("code", {}, "< 2.5 ms"),
        ", ",
        make("code", {}, "10 GB/s to 1 TB/s"),
        ".",
      ),
      make("p", {}, "Columns that are shown:"),
      boxes,
    );
    this.place.append(this.controls, this.status, this.scroll, this.pager, choice);
    this.head();
  }

  head() {
    this.heads.replaceChildren(make("th", { scope: "col" }, this.rowName));
    this.fields.replaceChildren(make("td"));
    for (const column of this.shown) {
      const arrow = make("span", { class: "arrow", "aria-hidden": "true" });
      const button = make("button", { type: "button" }, column.title, " ", chip(column.label), arrow);
      button.addEventListener("click", () => this.sort(column));
      const head = make("th", { scope: "col", class: column.number ? "number" : null }, button);
      head.dataset.name = column.name;
      this.heads.append(head);
      const field = make("input", { type: "text", "aria-label": `Filter ${column.title}`, autocomplete: "off" });
      field.value = this.filters.get(column.name)?.text ?? "";
      field.addEventListener("input", () => this.later(() => this.filter(column, field)));
      this.fields.append(make("td", {}, field));
    }
    this.arrows();
  }

  arrows() {
    for (const head of this.heads.querySelectorAll("th[data-name]")) {
      const mine = this.sorting.column?.name === head.dataset.name;
      head.setAttribute("aria-sort", mine ? (this.sorting.down ? "descending" : "ascending") : "none");
      head.querySelector(".arrow").textContent = mine ? (this.sorting.down ? " ▼" : " ▲") : "";
    }
  }

  // Many keys in a row are one change.
  later(change) {
    change();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.update(), 120);
  }

  filter(column, field) {
    let test = null;
    try {
      test = testOf(column, field.value);
      field.removeAttribute("aria-invalid");
      field.title = "";
    } catch (error) {
      field.setAttribute("aria-invalid", "true");
      field.title = error.message;
      this.problem = error.message;
      return;
    }
    this.problem = null;
    if (test) this.filters.set(column.name, { text: field.value, test });
    else this.filters.delete(column.name);
  }

  clear() {
    this.filters.clear();
    this.words = this.search.value = "";
    this.problem = null;
    this.head();
    this.update();
  }

  sort(column) {
    const same = this.sorting.column === column;
    this.sorting = { column, down: same ? !this.sorting.down : false };
    this.arrows();
    this.update();
  }

  // Rows where any column, shown or not, has all the words.
  containing() {
    const words = this.words.toLowerCase().split(/\s+/).filter(Boolean);
    return words.map((word) => {
      const matching = this.columns
        .filter((column) => !column.number)
        .map((column) => [column.index, column.texts.map((one) => one.toLowerCase().includes(word))]);
      const numbers = this.columns.filter((column) => column.number);
      return (row) =>
        matching.some(([index, found]) => index[row] >= 0 && found[index[row]]) ||
        numbers.some((column) => textAt(column, row).toLowerCase().includes(word));
    });
  }

  update() {
    const tests = [...[...this.filters.values()].map((filter) => filter.test), ...this.containing()];
    this.rows = [];
    for (let row = 0; row < this.count; row++) if (tests.every((test) => test(row))) this.rows.push(row);
    const { column, down } = this.sorting;
    if (column) {
      const sign = down ? -1 : 1;
      // By the alphabet, not by the order in which texts were met; numbers in texts count as numbers.
      const collator = new Intl.Collator("en", { numeric: true });
      const rank = column.number ? null : ranks(column.texts, collator);
      const key = column.number ? (row) => column.values[row] : (row) => (column.index[row] < 0 ? null : rank[column.index[row]]);
      // What has no value comes last either way; equal rows stay in their order.
      this.rows.sort((a, b) => {
        const [x, y] = [key(a), key(b)];
        if (x === null || y === null) return (x === null) - (y === null) || a - b;
        return sign * (x - y) || a - b;
      });
    }
    this.page = 0;
    this.draw();
    this.filtered?.(this.rows);
  }

  draw() {
    const size = this.rowsShown;
    const last = Math.max(0, Math.ceil(this.rows.length / size) - 1);
    this.page = Math.min(this.page, last);
    const from = this.page * size;
    const rows = this.rows.slice(from, from + size);
    this.body.replaceChildren(...rows.map((row) => this.row(row)));
    if (rows.length === 0) {
      this.body.append(make("tr", {}, make("td", { colspan: this.shown.length + 1 }, "No row passes the filters.")));
    }
    const all = this.rows.length === this.count ? `all ${counted(this.count, "row")}` : `${this.rows.length.toLocaleString("en")} of ${counted(this.count, "row")}`;
    this.status.textContent = this.problem ?? (rows.length ? `Rows ${from + 1} to ${from + rows.length} of ${all}` : `No rows of ${counted(this.count, "row")}`);
    this.drawPager(last);
  }

  row(row) {
    const button = make("button", { type: "button", class: "row-button", onclick: () => this.open(row) }, this.rowTitle(row));
    const line = make("tr", { class: row === this.marked ? "best" : null }, make("th", { scope: "row" }, this.open ? button : this.rowTitle(row)));
    for (const column of this.shown) {
      const text = textAt(column, row);
      const cell = make("td", { class: column.number ? "number" : null });
      if (column.name === "status" && text !== "done") cell.append(make("span", { class: `status-${text}` }, STATUS_WORDS[text] ?? text));
      else if (text.length > 48) cell.append(make("span", { class: "cut", title: text }, text));
      else cell.append(text);
      line.append(cell);
    }
    return line;
  }

  drawPager(last) {
    const focused = document.activeElement?.dataset?.to;
    const to = (text, page, name) =>
      make("button", { type: "button", disabled: page < 0 || page > last || page === this.page, "data-to": name, "aria-label": `${name} page`, onclick: () => this.turn(page, name) }, text);
    const size = choiceOf(PAGE_SIZES.map((one) => [String(one), `${one} rows a page`]), String(this.size), (value) => {
      this.size = Number(value);
      this.page = 0;
      this.draw();
    });
    size.setAttribute("aria-label", "Rows a page");
    this.pager.replaceChildren(
      to("« First", this.page === 0 ? -1 : 0, "First"),
      to("‹ Previous", this.page - 1, "Previous"),
      make("span", {}, `Page ${this.page + 1} of ${last + 1}`),
      to("Next ›", this.page + 1, "Next"),
      to("Last »", this.page === last ? -1 : last, "Last"),
      size,
    );
    if (focused) {
      const again = this.pager.querySelector(`[data-to="${focused}"]:enabled`) ?? this.pager.querySelector("button:enabled");
      again?.focus();
    }
  }

  turn(page, name) {
    this.page = page;
    this.draw();
  }

  download() {
    const link = make("a", { href: URL.createObjectURL(new Blob([csvOf(this.columns, this.rows)], { type: "text/csv" })), download: this.file });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}

const STATUS_WORDS = { no: "no answer", failed: "failed", done: "done" };

function ranks(texts, collator) {
  const order = texts.map((_, i) => i).sort((a, b) => collator.compare(texts[a], texts[b]));
  const rank = [];
  order.forEach((i, place) => (rank[i] = place));
  return rank;
}

// The points of a sweep: a table, and a dialog that says all of one.
class Points {
  constructor(place, sweep) {
    this.sweep = sweep;
    const status = { name: "status", title: "outcome", number: false, ...sweep.status };
    const reason = { name: "reason", title: "reason", number: false, ...sweep.reason };
    const number = { name: "number", title: "number", number: true, unit: "", values: sweep.number };
    const repetition = { name: "repetition", title: "repetition", number: true, unit: "", values: sweep.repetition };
    this.columns = [number, ...(sweep.repeated ? [repetition] : []), ...sweep.columns, status, reason];
    this.dialog = make("dialog", { class: "dialog", "aria-label": "One point" });
    document.body.append(this.dialog);
    this.listeners = [];
    this.table = new DataTable(place, {
      caption: `Points of sweep ${sweep.name}`,
      columns: this.columns,
      count: sweep.number.length,
      shown: this.first(),
      rowName: "point",
      rowTitle: (row) => `#${sweep.number[row]}`,
      open: (row) => this.open(row),
      marked: sweep.best,
      // The best first.
      sorting: { column: sweep.columns.find((column) => column.name === sweep.answer) ?? null, down: !sweep.smaller },
      filtered: (rows) => this.listeners.forEach((listener) => listener(rows)),
      file: `${sweep.name}.csv`,
    });
  }

  // Axes that change, the answer, and as many results as fit; the rest by choice.
  first() {
    const { sweep } = this;
    const varied = sweep.columns.filter((column) => column.role === "axis" && isVaried(column));
    const others = sweep.columns.filter((column) => column.role === "result" && column.name !== sweep.answer && isVaried(column));
    const room = Math.max(0, 8 - varied.length);
    const some = [...others.filter((column) => column.number), ...others.filter((column) => !column.number)].slice(0, room);
    const outcome = sweep.status.texts.length > 1 ? ["status"] : [];
    return [...varied.map((column) => column.name), sweep.answer, ...some.map((column) => column.name), ...outcome, ...(sweep.repeated ? ["repetition"] : [])];
  }

  open(row) {
    const { sweep } = this;
    const list = make("dl", { class: "facts-list" });
    for (const column of this.columns) {
      if (column.name === "number" || textAt(column, row) === "–" || textAt(column, row) === "") continue;
      const text = column.name === "status" ? (STATUS_WORDS[textAt(column, row)] ?? textAt(column, row)) : textAt(column, row);
      list.append(make("dt", {}, column.title), make("dd", {}, text, " ", chip(column.label)));
    }
    const close = make("button", { type: "button", onclick: () => this.dialog.close() }, "Close");
    this.dialog.replaceChildren(
      make("header", {}, make("h2", {}, `Point #${sweep.number[row]}`), close),
      list,
      sweep.command[row] ? make("h3", {}, "Run it again") : null,
      sweep.command[row] ? commandBox(sweep.command[row], "the command of this point") : null,
    );
    this.dialog.showModal();
  }
}

function isVaried(column) {
  const first = valueAt(column, 0);
  const count = column.values ? column.values.length : column.index.length;
  for (let row = 1; row < count; row++) if (valueAt(column, row) !== first) return true;
  return false;
}
