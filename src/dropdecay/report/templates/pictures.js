// Any picture as SVG or PNG: what is seen, drawn again as one file.
(() => {
  const NS = "http://www.w3.org/2000/svg";

  function made(name, attributes, text) {
    const node = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  }

  const isSeen = (colour) => colour !== "rgba(0, 0, 0, 0)" && colour !== "transparent";

  function box(element, style, from, into) {
    const at = element.getBoundingClientRect();
    const [x, y, w, h] = [at.left - from.left, at.top - from.top, at.width, at.height];
    const round = style.borderTopLeftRadius.endsWith("%") ? w / 2 : parseFloat(style.borderTopLeftRadius);
    const widths = ["Top", "Right", "Bottom", "Left"].map((side) =>
      parseFloat(style[`border${side}Width`]));
    const [all] = widths, isAround = all > 0 && widths.every((width) => width === all);
    if (isSeen(style.backgroundColor) || isAround)
      into.append(made("rect", { x, y, width: w, height: h, rx: round || 0,
        fill: isSeen(style.backgroundColor) ? style.backgroundColor : "none",
        ...(isAround && isSeen(style.borderTopColor) ? { stroke: style.borderTopColor,
          "stroke-width": all, "stroke-dasharray": style.borderTopStyle === "dashed" ? "3 3" : "none" } : {}) }));
    if (isAround) return;
    const ends = [[x, y, x + w, y], [x + w, y, x + w, y + h], [x, y + h, x + w, y + h], [x, y, x, y + h]];
    ["Top", "Right", "Bottom", "Left"].forEach((side, k) => {
      const colour = style[`border${side}Color`];
      if (!widths[k] || !isSeen(colour) || style[`border${side}Style`] === "none") return;
      const [x1, y1, x2, y2] = ends[k];
      into.append(made("line", { x1, y1, x2, y2, stroke: colour, "stroke-width": widths[k] }));
    });
  }

  function lines(svg, from, into) {
    const at = svg.getBoundingClientRect();
    const inner = made("svg", { x: at.left - from.left, y: at.top - from.top, width: at.width,
      height: at.height, viewBox: svg.getAttribute("viewBox"),
      preserveAspectRatio: svg.getAttribute("preserveAspectRatio") ?? "xMidYMid", overflow: "visible" });
    for (const path of svg.querySelectorAll("path, circle")) {
      const style = getComputedStyle(path), copy = path.cloneNode();
      copy.removeAttribute("class");
      const look = { fill: style.fill, stroke: style.stroke, "stroke-width": style.strokeWidth,
        "stroke-dasharray": style.strokeDasharray, "stroke-linecap": style.strokeLinecap,
        opacity: style.opacity, "vector-effect": style.vectorEffect };
      for (const [key, value] of Object.entries(look)) copy.setAttribute(key, value);
      if (style.clipPath !== "none") copy.setAttribute("clip-path", "url(#frame)");
      inner.append(copy);
    }
    into.append(inner);
  }

  const pen = document.createElement("canvas").getContext("2d");

  function words(node, style, from, into) {
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const range = document.createRange(), found = [];
    for (const match of node.data.matchAll(/\S+/g)) {
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      const at = range.getBoundingClientRect(), last = found.at(-1);
      if (last && Math.abs(last.at.top - at.top) < 2) last.text += ` ${match[0]}`;
      else found.push({ at, text: match[0] });
    }
    const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = pen.measureText("x");
    for (const { at, text } of found)
      into.append(made("text", { x: at.left - from.left,
        y: at.top - from.top + (at.height + up - down) / 2, fill: style.color,
        "font-family": style.fontFamily, "font-size": style.fontSize,
        "font-weight": style.fontWeight, style: "font-variant-numeric:tabular-nums" }, text));
  }

  function walk(element, from, into) {
    const style = getComputedStyle(element);
    if (style.display === "none" || style.visibility === "hidden" || element.matches("caption, .save")) return;
    if (element.localName === "svg") { lines(element, from, into); return; }
    box(element, style, from, into);
    for (const child of element.childNodes)
      if (child.nodeType === Node.TEXT_NODE) words(child, style, from, into);
      else if (child.nodeType === Node.ELEMENT_NODE) walk(child, from, into);
  }

  function drawn(block) {
    const node = $(".shown", block), at = node.getBoundingClientRect(), room = 16;
    const heading = $("h2, summary b", block)?.textContent ?? "";
    const style = getComputedStyle(document.body);
    // What scrolls sideways is wider than its frame.
    const width = Math.max(at.width, ...$$("table, .area", node).map((each) => each.scrollWidth)) + 2 * room;
    const height = at.height + 2 * room + 32;
    const svg = made("svg", { xmlns: NS, width, height, viewBox: `0 0 ${width} ${height}` });
    svg.append(made("clipPath", { id: "frame" }));
    svg.firstChild.append(made("rect", { width: 1000, height: 1000 }));
    svg.append(made("rect", { width, height, fill: style.backgroundColor }));
    svg.append(made("text", { x: room, y: room + 14, fill: style.color, "font-weight": 700,
      "font-family": style.fontFamily, "font-size": 17 }, heading));
    walk(node, { left: at.left - room, top: at.top - room - 32 }, svg);
    return { text: new XMLSerializer().serializeToString(svg), width, height };
  }

  function save(name, blob) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function saveAsPng(name, { text, width, height }) {
    const image = new Image(), scale = 2;
    image.addEventListener("load", () => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [width * scale, height * scale];
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => save(name, blob), "image/png");
    });
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  }

  for (const button of $$(".get")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const picture = drawn(button.closest(".block")), name = button.dataset.name;
      if (button.dataset.kind === "png") saveAsPng(`${name}.png`, picture);
      else save(`${name}.svg`, new Blob([picture.text], { type: "image/svg+xml" }));
    });
  }
})();
