// Words that explain themselves: a popover opens on click without this, here on hover and focus too.
(() => {
  const place = (term, box) => {
    const at = term.getBoundingClientRect(), [w, h] = [box.offsetWidth, box.offsetHeight];
    box.style.left = `${Math.max(16, Math.min(at.left, innerWidth - w - 16))}px`;
    box.style.top = `${at.bottom + 8 + h > innerHeight ? Math.max(8, at.top - h - 8) : at.bottom + 8}px`;
  };
  for (const term of $$(".term")) {
    const box = document.getElementById(term.getAttribute("popovertarget"));
    if (!box || !box.showPopover) continue;
    let soon;
    const isOpen = () => box.matches(":popover-open");
    const open = (wait) => {
      clearTimeout(soon);
      soon = setTimeout(() => {
        if (!isOpen()) box.showPopover({ source: term });
        place(term, box);
      }, wait);
    };
    const shut = () => {
      clearTimeout(soon);
      soon = setTimeout(() => { if (isOpen()) box.hidePopover(); }, 160);
    };
    term.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && open(120));
    term.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && shut());
    term.addEventListener("focus", () => term.matches(":focus-visible") && open(0));
    term.addEventListener("blur", shut);
    box.addEventListener("pointerenter", () => clearTimeout(soon));
    box.addEventListener("pointerleave", shut);
    term.addEventListener("click", () => {
      clearTimeout(soon);
      setTimeout(() => { if (isOpen()) place(term, box); });
    });
  }
  addEventListener("scroll", () => {
    for (const box of $$("[popover]:popover-open")) box.hidePopover();
  }, { passive: true });
})();
