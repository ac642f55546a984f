"use strict";
// Without this script the page is a static table; it adds colours and learning curves.
(() => {
  const data = JSON.parse(document.getElementById("data-of-page").textContent);
  const cells = document.getElementById("cells");
  const place = (values) => values.join(",");
  const points = new Map(data.points.map((values, point) => [place(values), point]));
  const SIGNS = [["★", "best point", data.best], ["◆", "one-SE choice", data.one_standard_error],
    ["✔", "refitted", data.chosen]];
  const asGood = new Set(data.as_good);
  const WHY = {
    flat: "its mean curve was flat",
    "past its minimum": "its mean curve was past its minimum",
    truncated: "the most epochs were reached while its mean curve was still falling",
    unsettled: "the most epochs were reached before its mean curve had settled",
    "end of its schedule": "its learning-rate schedule ended",
    diverged: "a network diverged",
    futile: "it could not have caught up, so that its loss is an upper bound",
  };
  // Viridis (colour-blind safe, even in grey): from the good end to the bad end.
  const STOPS = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962",
    "#addc30", "#fde725"].map((hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16)));
  let metric = data.criterion;
  let selected = null;
  let shown = null;
  let axes = data.shown; // across and down, by index
  let grid = []; // points, [column][row]; undefined where there is none
  let buttons = new Map(); // by point

  function colour(position) {
    const at = position * (STOPS.length - 1);
    const low = Math.min(Math.floor(at), STOPS.length - 2);
    return STOPS[low].map((part, k) => Math.round(part + (at - low) * (STOPS[low + 1][k] - part)));
  }

  function isDark(rgb) {
    const [r, g, b] = rgb.map((part) => {
      const c = part / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b < 0.19;
  }

  function isScore() {
    return metric in data.curves;
  }

  function printed(axis, value) {
    return `${data.axes[axis].printed} ${data.axes[axis].values[value]}`;
  }

  function tau(axis, value) {
    const label = axis === undefined ? "" : data.axes[axis].taus[value];
    return label ? [made("small", {}, label)] : [];
  }

  function nameOf(point) {
    return data.points[point].map((value, axis) => printed(axis, value)).join(", ");
  }

  function isGivenUp(point) {
    return data.endings[point] === "futile";
  }

  function outAfter(point) {
    if (isGivenUp(point)) return `given up at epoch ${data.ends[point]}`;
    return `eliminated after ${data.out_after[point]} of ${data.n_folds} folds`;
  }

  function made(name, attributes, ...inside) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...inside);
    return node;
  }

  // The table of two axes, with the others held at the values of the reference point.
  function build() {
    const [across, down] = axes;
    const held = data.points[data.reference];
    const values = (axis) => axis === undefined ? [""] : data.axes[axis].values;
    grid = values(across).map((_, i) => values(down).map((_, j) => points.get(place(
      held.map((value, axis) => axis === across ? i : axis === down ? j : value)))));
    buttons = new Map();
    const corner = made("th", { scope: "col", class: "corner" });
    if (down !== undefined) corner.append(made("span", {}, `${data.axes[down].printed} ↓`));
    corner.append(made("span", {}, `${data.axes[across].printed} →`));
    const head = made("tr", {}, corner,
      ...values(across).map((value, i) => made("th", { scope: "col" }, value, ...tau(across, i))));
    const rows = values(down).map((value, j) => made("tr", {},
      made("th", { scope: "row", ...(down === undefined ? { id: "row" } : {}) }, value,
        ...tau(down, j)),
      ...grid.map((_, i) => cell(i, j))));
    cells.style.setProperty("--columns", grid.length);
    cells.tHead.replaceChildren(head);
    cells.tBodies[0].replaceChildren(...rows);
    document.getElementById("held").textContent = heldSentence(held);
  }

  function cell(i, j) {
    const point = grid[i][j];
    if (point === undefined) return made("td", { class: "none" });
    const inside = (di, dj) => asGood.has(grid[i + di]?.[j + dj]);
    const sides = asGood.has(point) ? [["l", -1, 0], ["r", 1, 0], ["u", 0, -1], ["d", 0, 1]]
      .filter(([, di, dj]) => !inside(di, dj)).map(([side]) => `side-${side}`) : [];
    const text = data.metrics.loss.text[point];
    const dropped = data.out_after[point] < 0;
    const kinds = [...sides, ...(data.out_after[point] ? ["out"] : []), ...(dropped ? ["dropped"] : text ? [] : ["gone"])];
    const td = made("td", { class: kinds.join(" ") });
    if (!text) {
      const why = dropped ? made("abbr", { title: "dropped on the pilot" }, "-")
        : made("abbr", { title: "diverged" }, "NaN");
      td.append(made("span", { class: "value" }, why));
      return td;
    }
    const marks = SIGNS.filter(([, , marked]) => marked === point).map(([sign]) => sign).join("");
    const button = made("button", { type: "button", "data-point": point, tabindex: -1 },
      made("span", { class: "value" }, text), made("span", { class: "marks" }, marks));
    button.addEventListener("click", () => select(point));
    button.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse") show(point);
    });
    button.addEventListener("keydown", (event) => {
      if (!MOVES[event.key]) return;
      event.preventDefault();
      step(i, j, ...MOVES[event.key]);
    });
    buttons.set(point, button);
    td.append(button);
    return td;
  }

  function heldSentence(held) {
    const others = held.map((value, axis) => [axis, value]).filter(([axis]) =>
      data.axes[axis].varied && !axes.includes(axis)).map((pair) => printed(...pair));
    const at = others.length ? `at ${others.join(", ")} (as chosen)` : "";
    const there = new Set(grid.flat());
    const missing = SIGNS.slice(0, 2).filter(([, , point]) => point >= 0 && !there.has(point))
      .map(([, word, point]) => `Not shown: the ${word} (${nameOf(point)})`);
    return [[at, data.throughout].filter(Boolean).join("; "), ...missing].filter(Boolean)
      .map((sentence) => `${sentence[0].toUpperCase()}${sentence.slice(1)}.`).join(" ");
  }

  function paint() {
    const now = data.metrics[metric];
    for (const [point, button] of buttons) {
      const at = now.position[point];
      if (at !== null) {
        const rgb = colour(at);
        button.style.background = `rgb(${rgb.join(",")})`;
        button.style.color = isDark(rgb) ? "#fff" : "#000";
      }
      button.querySelector(".value").textContent = now.text[point];
      const said = SIGNS.filter(([, , marked]) => marked === point)
        .map(([, word]) => `, ${word}`).join("")
        + (data.out_after[point] ? `, ${outAfter(point)}` : "");
      button.setAttribute("aria-label", `${nameOf(point)}: ${now.name} ${now.text[point]}${said}`);
      button.title = `${nameOf(point)}${said}`;
    }
    const row = document.getElementById("row");
    if (row) row.textContent = now.name;
    const stops = STOPS.map((_, k) => `rgb(${colour(k / (STOPS.length - 1)).join(",")})`);
    document.querySelector(".bar").style.background = `linear-gradient(90deg,${stops.join(",")})`;
    document.getElementById("good").textContent = `${now.name} ${now.good} (good)`;
    const beyond = now.capped ? " and beyond" : "";
    document.getElementById("bad").textContent = `${now.bad}${beyond}`;
  }

  function ticks(low, high, wanted) {
    const rough = (high - low) / wanted || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((k) => k * power).find((k) => k >= rough);
    const found = [];
    for (let value = Math.ceil(low / step) * step; value <= high + 1e-9 * step; value += step)
      found.push(+value.toPrecision(6));
    return found;
  }

  function element(name, attributes, text) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function line(xs, ys, x, y) {
    let path = "";
    xs.forEach((at, k) => {
      if (ys[k] !== null) path += `${path ? "L" : "M"}${x(at).toFixed(1)} ${y(ys[k]).toFixed(1)}`;
    });
    return path;
  }

  function extent(series, end) {
    // The first epochs may be far above the rest and are clipped; the end is always visible.
    const late = data.at.findIndex((epoch) => epoch >= Math.min(3, end));
    const ends = series.flatMap(([, mean, error]) => mean.slice(Math.max(late, 0)).flatMap(
      (value, k) => value === null ? [] : [value - (error[k + Math.max(late, 0)] ?? 0),
        value + (error[k + Math.max(late, 0)] ?? 0)]));
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const room = (high - low) * 0.05 || Math.abs(high) * 0.05 || 1;
    return [low - room, high + room];
  }

  function draw(point) {
    const names = isScore() ? [metric] : ["training", "validation"];
    const series = names.map((name) => [name, data.curves[name].mean[point],
      data.curves[name].error[point]]);
    const frame = document.getElementById("curves");
    const width = Math.max(260, frame.clientWidth);
    const height = Math.round(Math.min(340, Math.max(230, width * 0.6)));
    const box = { left: 52, right: width - 10, top: 12, bottom: height - 38 };
    const end = data.ends[point];
    const [low, high] = extent(series, end);
    const x = (epoch) => box.left + (box.right - box.left) * (epoch - 1)
      / Math.max(1, end - 1);
    const y = (value) => box.bottom - (box.bottom - box.top) * (value - low) / (high - low);
    const what = data.metrics[isScore() ? metric : "loss"].name;
    const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img",
      "aria-label": `Learning curves of ${nameOf(point)}` });
    const clip = element("clipPath", { id: "inside" });
    clip.append(element("rect", { x: box.left, y: box.top, width: box.right - box.left,
      height: box.bottom - box.top }));
    svg.append(clip);
    for (const value of ticks(low, high, 5)) {
      svg.append(element("line", { class: "axis", x1: box.left, x2: box.right, y1: y(value),
        y2: y(value) }));
      svg.append(element("text", { x: box.left - 6, y: y(value) + 4, "text-anchor": "end" },
        String(value)));
    }
    for (const epoch of ticks(1, end, 6).filter(Number.isInteger))
      // The label of the last epoch would not fit beside the frame.
      svg.append(element("text", { x: x(epoch), y: box.bottom + 16,
        "text-anchor": box.right - x(epoch) < 12 ? "end" : "middle" }, epoch));
    svg.append(element("text", { x: (box.left + box.right) / 2, y: height - 4,
      "text-anchor": "middle" }, `epoch (vertical axis: ${what})`));
    const inside = element("g", { "clip-path": "url(#inside)" });
    svg.append(inside);
    for (const [name, mean, error] of series) {
      const up = mean.map((value, k) => value === null ? null : value + (error[k] ?? 0));
      const down = mean.map((value, k) => value === null ? null : value - (error[k] ?? 0));
      const back = line([...data.at].reverse(), [...down].reverse(), x, y).replace("M", "L");
      inside.append(element("path", { class: `band ${name}`, d: `${line(data.at, up, x, y)}${back}Z` }));
      inside.append(element("path", { class: `mean ${name}`, d: line(data.at, mean, x, y) }));
    }
    const stop = data.epochs[point];
    svg.append(element("line", { class: "stop", x1: x(stop), x2: x(stop), y1: box.top,
      y2: box.bottom }));
    frame.replaceChildren(svg);
  }

  function say(point) {
    const text = (name) => data.metrics[name].text[point];
    const error = (name) => data.errors[name][point];
    const spread = (name) => error(name) === null ? "" : ` ± ${error(name).toPrecision(2)}`;
    document.getElementById("cell-name").textContent = `Learning curves: ${nameOf(point)}`;
    document.getElementById("cell-figures").textContent =
      `validation ${data.metrics.loss.name} ${text("loss")}${spread("loss")}, gap ${text("gap")}, `
      + ["accuracy", "score"].filter((name) => name in data.metrics).map((name) =>
        `${data.metrics[name].name} ${text(name)}${spread(name)}, `).join("")
      + `at epoch ${data.epochs[point]} (dotted line).`
      + (data.endings[point] ? ` Training ended at epoch ${data.ends[point]}: ${WHY[data.endings[point]]}.` : "")
      + (data.out_after[point] && !isGivenUp(point) ? ` Clearly behind the leader: ${outAfter(point)}, means over those.` : "")
      + (isGivenUp(point) && data.out_after[point] < data.n_folds ? ` Means over ${data.out_after[point]} of ${data.n_folds} folds.` : "");
    const keys = isScore() ? [[metric, "validation", ""]]
      : [["validation", "validation", ""], ["training", "training", "dashed"]];
    const legend = document.getElementById("curve-legend");
    legend.replaceChildren(...keys.map(([kind, word, style]) => {
      const item = document.createElement("span");
      const key = document.createElement("i");
      key.className = `key ${kind} ${style}`;
      item.append(key, word);
      return item;
    }), "band: one standard error over folds");
  }

  function show(point) {
    if (point === null) return;
    shown = point;
    say(point);
    draw(point);
    for (const mark of document.querySelectorAll(".mark.seen")) mark.classList.remove("seen");
    for (const mark of document.querySelectorAll(`.mark[data-point="${point}"]`))
      mark.classList.add("seen");
  }

  function select(point) {
    const before = buttons.get(selected);
    if (before) {
      before.setAttribute("aria-pressed", "false");
      before.tabIndex = -1;
    }
    selected = point;
    buttons.get(point).setAttribute("aria-pressed", "true");
    buttons.get(point).tabIndex = 0;
    show(point);
  }

  function step(i, j, di, dj) {
    do {
      i += di;
      j += dj;
      if (i < 0 || j < 0 || i >= grid.length || j >= grid[0].length) return;
    } while (!buttons.has(grid[i][j]));
    select(grid[i][j]);
    buttons.get(grid[i][j]).focus();
  }

  const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function start() {
    build();
    paint();
    const [first] = buttons.keys();
    if (first !== undefined) select(buttons.has(data.chosen) ? data.chosen : first);
  }

  function pick(changed, other) {
    // If the same axis is picked twice, the two swap places.
    if (changed.value === other.value)
      other.value = axes[changed.id === "across" ? 0 : 1];
    axes = ["across", "down"].map((id) => Number(document.getElementById(id).value));
    start();
  }

  let seen = 0;
  new ResizeObserver(([entry]) => {
    if (entry.contentRect.width !== seen && shown !== null) show(shown);
    seen = entry.contentRect.width;
  }).observe(document.getElementById("curves"));
  if (!cells) {
    show(data.reference);
    for (const input of document.querySelectorAll("input[name=metric]"))
      input.addEventListener("change", () => {
        metric = input.value;
        show(data.reference);
      });
    return;
  }
  cells.addEventListener("pointerleave", () => show(selected));
  for (const input of document.querySelectorAll("input[name=metric]"))
    input.addEventListener("change", () => {
      metric = input.value;
      paint();
      show(selected);
    });
  const selects = ["across", "down"].map((id) => document.getElementById(id));
  if (selects[0]) {
    document.getElementById("pick").hidden = false;
    selects[0].addEventListener("change", () => pick(selects[0], selects[1]));
    selects[1].addEventListener("change", () => pick(selects[1], selects[0]));
  }
  start();
})();
