"use strict";
// The page is whole without this; it only hides what is not looked for.
(() => {
  const bar = document.querySelector(".bar");
  const field = bar.querySelector("input");
  const chips = [...bar.querySelectorAll("button")];
  const tools = [...document.querySelectorAll(".tool")];
  const texts = tools.map((tool) => tool.textContent.toLowerCase());
  const none = document.querySelector("#none");

  const show = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = chips.filter((chip) => chip.ariaPressed === "true");
    const classes = wanted.map((chip) => chip.dataset.class).filter(Boolean);
    const surfaced = wanted.some((chip) => chip.dataset.surfaced);
    let seen = 0;
    tools.forEach((tool, index) => {
      const fits = words.every((word) => texts[index].includes(word))
        && (!classes.length || tool.dataset.class.split(" ").some((name) => classes.includes(name)))
        && (!surfaced || tool.dataset.surfaced === "yes");
      tool.hidden = !fits;
      seen += fits;
    });
    document.querySelectorAll(".origin").forEach((group) => {
      group.hidden = !group.querySelector(".tool:not([hidden])");
    });
    none.hidden = seen > 0;
  };

  bar.hidden = false;
  field.addEventListener("input", show);
  chips.forEach((chip) => chip.addEventListener("click", () => {
    chip.ariaPressed = chip.ariaPressed === "true" ? "false" : "true";
    show();
  }));
})();
