// Light or dark: as the system says, or as the reader chose.
const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
(() => {
  const root = document.documentElement, button = $("#look");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => root.dataset.look ? root.dataset.look === "dark" : dark.matches;
  const tell = () => {
    button.lastElementChild.textContent = isDark() ? "Light" : "Dark";
  };
  try {
    const kept = localStorage.getItem("dropdecay-look");
    if (kept) root.dataset.look = kept;
  } catch { /* a page from a file may have no storage */ }
  button.hidden = false;
  tell();
  dark.addEventListener("change", tell);
  button.addEventListener("click", () => {
    root.dataset.look = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("dropdecay-look", root.dataset.look);
    } catch { /* as above */ }
    tell();
  });
  for (const copy of $$(".copy")) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText($("code", copy.closest(".code")).textContent);
        copy.textContent = "Copied";
        setTimeout(() => { copy.textContent = "Copy"; }, 1500);
      } catch { /* the reader can still select it */ }
    });
  }
})();
