// Printing opens what is folded.
addEventListener("beforeprint", () => {
  for (const part of $$("details")) {
    part.dataset.was = part.open;
    part.open = true;
  }
});
addEventListener("afterprint", () => {
  for (const part of $$("details")) part.open = part.dataset.was === "true";
});
