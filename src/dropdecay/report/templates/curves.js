// The curves of the cell that was clicked, laid over those of the chosen setting and of none.
(() => {
  const [left, right, bottom, top] = D.frame;
  const x = (epoch) => (epoch - left) / (right - left) * 100;
  const y = (value) => (top - value * D.unit) / (top - bottom) * 100;

  function line(values) {
    let path = "", pen = "M";
    values.forEach((value, k) => {
      if (value === null) { pen = "M"; return; }
      path += `${pen}${(10 * x(D.at[k])).toFixed(1)} ${(10 * y(value)).toFixed(1)}`;
      pen = "L";
    });
    return path;
  }

  function draw(panel, point) {
    const values = D.curves[panel.dataset.panel][point], epoch = D.epochs[point];
    $("path.cm", panel)?.remove();
    $("i.cm", panel)?.remove();
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("class", "cm clip");
    path.setAttribute("d", line(values));
    $("svg", panel).append(path);
    const height = y(values[D.at.indexOf(epoch)] ?? NaN);
    if (epoch > right || !(height >= 0 && height <= 100)) return;
    const dot = document.createElement("i");
    dot.className = "cm";
    dot.style.left = `${x(epoch)}%`;
    dot.style.top = `${height}%`;
    panel.append(dot);
  }

  showCurves = (point) => {
    const row = $("#series tr[data-series=cm]");
    if (!row) return;
    $("th span", row).textContent = `clicked ${D.names[point]}`;
    const figures = Object.values(D.views).map((each) => [each.text[point], each.spread[point]]);
    const epochs = D.epochs[point] ? D.epochs[point].toLocaleString("en") : "";
    [[epochs, ""], ...figures].forEach(([text, spread], k) => {
      const error = document.createElement("small");
      error.textContent = ` ${spread}`;
      row.children[k + 1].replaceChildren(text, ...(spread ? [error] : []));
    });
    for (const panel of $$("#panels .area")) draw(panel, point);
    const [word, when] = D.states[point];
    const early = word ? `${word[0].toUpperCase()}${word.slice(1)} ${when}. ` : "";
    const known = D.curves["held-out"][point].filter((value) => value !== null);
    const above = known.length && Math.min(...known) * D.unit > top
      ? " Its curve lies above the plot." : "";
    $("#aside").textContent = `${early}${D.asides[point]}${above}`;
  };
  showCurves(D.clicked);
})();
