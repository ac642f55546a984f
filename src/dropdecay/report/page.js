"use strict";
// The page works without this as a table; here it gets its colours and its learning curves.
(() => {
  const data = JSON.parse(document.getElementById("data-of-page").textContent);
  const cells = document.getElementById("cells");
  const buttons = new Map();
  for (const button of cells.querySelectorAll("button"))
    buttons.set(`${button.dataset.i},${button.dataset.j}`, button);
  // Viridis (colour-blind safe, even in grey): from the good end to the bad end.
  const STOPS = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962",
    "#addc30", "#fde725"].map((hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16)));
  let metric = "loss";
  let selected = null;
  let shown = null;

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

  function nameOf(i, j) {
    return `dropout ${data.dropout[i]}, weight decay ${data.weight_decay[j]}`;
  }

  function outAfter(i, j) {
    return `eliminated after ${data.out_after[i][j]} of ${data.n_folds} folds`;
  }

  function paint() {
    const now = data.metrics[metric];
    for (const [key, button] of buttons) {
      const [i, j] = key.split(",").map(Number);
      const at = now.position[i][j];
      if (at !== null) {
        const rgb = colour(at);
        button.style.background = `rgb(${rgb.join(",")})`;
        button.style.color = isDark(rgb) ? "#fff" : "#000";
      }
      button.querySelector(".value").textContent = now.text[i][j];
      const marks = button.querySelector(".marks").textContent;
      const said = [["★", "best"], ["◆", "one-SE choice"], ["✔", "refitted"]]
        .filter(([mark]) => marks.includes(mark)).map(([, word]) => `, ${word}`).join("")
        + (data.out_after[i][j] ? `, ${outAfter(i, j)}` : "");
      button.setAttribute("aria-label", `${nameOf(i, j)}: ${now.name} ${now.text[i][j]}${said}`);
      button.title = `${nameOf(i, j)}${said}`;
    }
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

  function extent(series, n_epochs) {
    // The first epochs may be far above the rest: they may leave the picture, the end may not.
    const late = data.at.findIndex((epoch) => epoch >= Math.min(3, n_epochs));
    const ends = series.flatMap(([, mean, error]) => mean.slice(Math.max(late, 0)).flatMap(
      (value, k) => value === null ? [] : [value - (error[k + Math.max(late, 0)] ?? 0),
        value + (error[k + Math.max(late, 0)] ?? 0)]));
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const room = (high - low) * 0.05 || Math.abs(high) * 0.05 || 1;
    return [low - room, high + room];
  }

  function draw(i, j) {
    const names = isScore() ? [metric] : ["training", "validation"];
    const series = names.map((name) => [name, data.curves[name].mean[i][j],
      data.curves[name].error[i][j]]);
    const place = document.getElementById("curves");
    const width = Math.max(260, place.clientWidth);
    const height = Math.round(Math.min(340, Math.max(230, width * 0.6)));
    const box = { left: 52, right: width - 10, top: 12, bottom: height - 38 };
    const [low, high] = extent(series, data.n_epochs);
    const x = (epoch) => box.left + (box.right - box.left) * (epoch - 1)
      / Math.max(1, data.n_epochs - 1);
    const y = (value) => box.bottom - (box.bottom - box.top) * (value - low) / (high - low);
    const what = data.metrics[isScore() ? metric : "loss"].name;
    const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img",
      "aria-label": `Learning curves of ${nameOf(i, j)}` });
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
    for (const epoch of ticks(1, data.n_epochs, 6).filter(Number.isInteger))
      svg.append(element("text", { x: x(epoch), y: box.bottom + 16, "text-anchor": "middle" },
        epoch));
    svg.append(element("text", { x: (box.left + box.right) / 2, y: height - 4,
      "text-anchor": "middle" }, `epoch (${what} upwards)`));
    const inside = element("g", { "clip-path": "url(#inside)" });
    svg.append(inside);
    for (const [name, mean, error] of series) {
      const up = mean.map((value, k) => value === null ? null : value + (error[k] ?? 0));
      const down = mean.map((value, k) => value === null ? null : value - (error[k] ?? 0));
      const back = line([...data.at].reverse(), [...down].reverse(), x, y).replace("M", "L");
      inside.append(element("path", { class: `band ${name}`, d: `${line(data.at, up, x, y)}${back}Z` }));
      inside.append(element("path", { class: `mean ${name}`, d: line(data.at, mean, x, y) }));
    }
    const stop = data.epochs[i][j];
    svg.append(element("line", { class: "stop", x1: x(stop), x2: x(stop), y1: box.top,
      y2: box.bottom }));
    place.replaceChildren(svg);
  }

  function say(i, j) {
    const text = (name) => data.metrics[name].text[i][j];
    const error = (name) => data.errors[name][i][j];
    const spread = (name) => error(name) === null ? "" : ` ± ${error(name).toPrecision(2)}`;
    document.getElementById("cell-name").textContent = `Learning curves: ${nameOf(i, j)}`;
    document.getElementById("cell-figures").textContent =
      `validation ${data.metrics.loss.name} ${text("loss")}${spread("loss")}, gap ${text("gap")}, `
      + ["accuracy", "score"].filter((name) => name in data.metrics).map((name) =>
        `${data.metrics[name].name} ${text(name)}${spread(name)}, `).join("")
      + `at epoch ${data.epochs[i][j]} (dotted line).`
      + (data.out_after[i][j] ? ` Clearly behind, so ${outAfter(i, j)}: means over these.` : "");
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

  function show(key) {
    if (key === null) return;
    shown = key;
    const [i, j] = key.split(",").map(Number);
    say(i, j);
    draw(i, j);
    for (const mark of document.querySelectorAll(".mark.seen")) mark.classList.remove("seen");
    for (const mark of document.querySelectorAll(`.mark[data-i="${i}"][data-j="${j}"]`))
      mark.classList.add("seen");
  }

  function select(key) {
    if (selected !== null) {
      buttons.get(selected).setAttribute("aria-pressed", "false");
      buttons.get(selected).tabIndex = -1;
    }
    selected = key;
    buttons.get(key).setAttribute("aria-pressed", "true");
    buttons.get(key).tabIndex = 0;
    show(key);
  }

  function step(key, di, dj) {
    let [i, j] = key.split(",").map(Number);
    do {
      i += di;
      j += dj;
      if (i < 0 || j < 0 || i >= data.dropout.length || j >= data.weight_decay.length) return;
    } while (!buttons.has(`${i},${j}`));
    select(`${i},${j}`);
    buttons.get(`${i},${j}`).focus();
  }

  const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  for (const [key, button] of buttons) {
    button.addEventListener("click", () => select(key));
    button.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse") show(key);
    });
    button.addEventListener("keydown", (event) => {
      if (!MOVES[event.key]) return;
      event.preventDefault();
      step(key, ...MOVES[event.key]);
    });
  }
  cells.addEventListener("pointerleave", () => show(selected));
  for (const input of document.querySelectorAll("input[name=metric]"))
    input.addEventListener("change", () => {
      metric = input.value;
      paint();
      show(selected);
    });
  let seen = 0;
  new ResizeObserver(([entry]) => {
    if (entry.contentRect.width !== seen && shown !== null) show(shown);
    seen = entry.contentRect.width;
  }).observe(document.getElementById("curves"));
  paint();
  const first = cells.querySelector("button[tabindex='0']") ?? cells.querySelector("button");
  if (first) select(`${first.dataset.i},${first.dataset.j}`);
})();
