// The surface: what its cells show, which two axes, and walking in it with the arrow keys.
const D = JSON.parse($("#data-of-page").textContent);
const cellOf = new Map(); // buttons by point
let showCurves = () => {}; // set by the next script
let view = Object.keys(D.views)[0];
(() => {
  const table = $("#cells");
  if (!table) return;
  const SIGNS = { best: "best", onese: "one-SE choice", refit: D.kept_as };
  const asGood = new Set(D.as_good);
  const key = (values) => values.join(",");
  const at = new Map(D.points.map((values, point) => [key(values), point]));
  let axes = D.shown, grid = [];

  const nameOf = (point) => D.points[point].map((value, axis) =>
    `${D.axes[axis].printed} ${D.axes[axis].values[value]}`).join(", ");

  function made(name, attributes, ...inside) {
    const node = document.createElement(name);
    for (const [each, value] of Object.entries(attributes)) node.setAttribute(each, value);
    node.append(...inside);
    return node;
  }

  function said(point) {
    const now = D.views[view], [word, when] = D.states[point];
    const marks = (D.marks[point] ?? []).map((mark) => SIGNS[mark]);
    if (asGood.has(point) && !(D.marks[point] ?? []).includes("best"))
      marks.unshift("as good as the best");
    const figure = word ? `${word} ${when}`.trim()
      : `${now.name} ${now.text[point]} ${now.spread[point]}`.trim();
    return [`${nameOf(point)}: ${figure}`, ...marks].join(", ");
  }

  function paint() {
    const now = D.views[view];
    for (const [point, button] of cellOf) {
      button.setAttribute("aria-label", said(point));
      if (D.states[point][0]) continue;
      button.children[0].textContent = now.text[point];
      button.children[1].textContent = now.spread[point];
      button.parentElement.className = `c${now.step[point]}`;
    }
    $("#scale").textContent = now.note;
    if (axes.length < 2) $("tbody th b", table).textContent = now.name;
  }

  function press(point) {
    for (const [each, button] of cellOf) {
      button.setAttribute("aria-pressed", each === point);
      button.tabIndex = each === point ? 0 : -1;
    }
    showCurves(point);
  }

  const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function step(point, [di, dj]) {
    let [i, j] = [0, 0];
    grid.forEach((column, k) => column.forEach((each, l) => { if (each === point) [i, j] = [k, l]; }));
    do {
      i += di;
      j += dj;
      if (!grid[i] || j < 0 || j >= grid[i].length) return;
    } while (!cellOf.has(grid[i][j]));
    press(grid[i][j]);
    cellOf.get(grid[i][j]).focus();
  }

  function enliven(button, point) {
    cellOf.set(point, button);
    button.addEventListener("click", () => press(point));
    button.addEventListener("keydown", (event) => {
      if (!MOVES[event.key]) return;
      event.preventDefault();
      step(point, MOVES[event.key]);
    });
  }

  function lay() {
    const [across, down] = axes, held = D.points[D.reference];
    const values = (axis) => axis === undefined ? [""] : D.axes[axis].values;
    grid = values(across).map((_, i) => values(down).map((_, j) => at.get(key(
      held.map((value, axis) => axis === across ? i : axis === down ? j : value)))));
  }

  function cell(i, j) {
    const point = grid[i][j];
    if (point === undefined) return made("td", { class: "void" });
    const [word, when] = D.states[point];
    if (word === "diverged" || word === "left out")
      return made("td", { class: "stop" }, made("span", { class: "gone" }, word));
    const button = made("button", { type: "button", "data-point": point, tabindex: -1,
      "aria-pressed": false });
    enliven(button, point);
    if (word) {
      button.append(made("span", {}, word), " ", made("small", { class: "hide" }, when));
      return made("td", { class: "stop" }, button);
    }
    button.append(made("span", {}), made("small", {}));
    const marks = (D.marks[point] ?? []).map((mark) =>
      $$(".key li").find((item) => item.textContent.trim() === SIGNS[mark])?.querySelector(".ic"));
    if (marks.length)
      button.append(made("span", { class: "marks" },
        ...marks.filter(Boolean).map((icon) => icon.cloneNode(true))));
    const td = made("td", {}, button);
    if (asGood.has(point)) {
      const sides = [["l", -1, 0], ["r", 1, 0], ["u", 0, -1], ["d", 0, 1]]
        .filter(([, di, dj]) => !asGood.has(grid[i + di]?.[j + dj])).map(([side]) => side);
      if (sides.length) td.append(made("i", { class: ["edge", ...sides].join(" ") }));
    }
    return td;
  }

  function build() {
    const [across, down] = axes;
    cellOf.clear();
    lay();
    const label = (axis, k, tag) => [D.axes[axis].values[k],
      ...(D.axes[axis].taus[k] ? [made(tag, {}, D.axes[axis].taus[k])] : [])];
    table.style.setProperty("--columns", grid.length);
    table.tHead.replaceChildren(
      made("tr", {}, made("td", { class: "corner" }), made("th", { class: "axis",
        scope: "colgroup", colspan: grid.length }, D.axes[across].printed)),
      made("tr", {}, made("th", { class: "axis", scope: "col" }, D.axes[down].printed),
        ...grid.map((_, i) => made("th", { scope: "col" }, ...label(across, i, "small")))));
    table.tBodies[0].replaceChildren(...grid[0].map((_, j) => {
      const [value, ...tau] = label(down, j, "span");
      return made("tr", {}, made("th", { scope: "row" }, made("b", {}, value), ...tau),
        ...grid.map((_, i) => cell(i, j)));
    }));
    const others = D.points[D.reference].map((value, axis) => [axis, value]).filter(([axis]) =>
      D.axes[axis].varied && !axes.includes(axis))
      .map(([axis, value]) => `${D.axes[axis].printed} ${D.axes[axis].values[value]}`);
    const sentence = [others.length ? `at ${others.join(", ")} (as chosen)` : "", D.throughout]
      .filter(Boolean).join("; ");
    $("#held").textContent = sentence ? `${sentence[0].toUpperCase()}${sentence.slice(1)}.` : "";
    paint();
  }

  lay();
  for (const button of $$("button[data-point]", table)) enliven(button, +button.dataset.point);
  $("#views").hidden = false;
  for (const button of $$("#views button"))
    button.addEventListener("click", () => {
      for (const other of $$("#views button")) other.setAttribute("aria-pressed", other === button);
      view = button.value;
      paint();
    });
  const [first, second] = ["across", "down"].map((id) => document.getElementById(id));
  if (first) {
    $("#pick").hidden = false;
    const pick = (changed, other) => {
      // If the same axis is picked twice, the two swap places.
      if (changed.value === other.value) other.value = axes[changed === first ? 0 : 1];
      axes = [+first.value, +second.value];
      build();
    };
    first.addEventListener("change", () => pick(first, second));
    second.addEventListener("change", () => pick(second, first));
  }
  const shown = cellOf.get(D.clicked);
  if (shown) shown.setAttribute("aria-pressed", true);
})();
