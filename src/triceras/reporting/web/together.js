// Puts the parts of the page together.

const drawers = [[".intervals", drawIntervals], [".curves", drawCurves], [".parallel", drawParallel]];
const seen = new Set();
const redraws = new Map();

function draw(element) {
  try {
    redraws.get(element)();
  } catch (error) {
    element.textContent = `This browser cannot draw it: ${error.message}`;
  }
}

// What is out of sight is drawn once it comes near.
const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting && !seen.has(target)) {
      seen.add(target);
      draw(target);
    }
  }
}, { rootMargin: "400px" });

for (const section of document.querySelectorAll("section[data-comparison]")) {
  const one = data.comparisons[+section.dataset.comparison];
  const elements = [];
  for (const [selector, drawer] of drawers) {
    const element = section.querySelector(selector);
    if (!element) continue;
    redraws.set(element, () => drawer(section, one));
    elements.push(element);
    observer.observe(element);
  }
  const again = () => elements.filter((element) => seen.has(element)).forEach(draw);
  for (const input of section.querySelectorAll(".curve-controls select, .curve-controls input")) {
    input.addEventListener("change", again);
  }
  const more = section.querySelector("[name=all-metrics]");
  more?.addEventListener("change", () => section.classList.toggle("all-metrics", more.checked));
  const picture = section.querySelector("[name=picture]");
  const choose = () => section.querySelectorAll(".pictures figure")
    .forEach((figure) => { figure.hidden = figure.dataset.name !== picture.value; });
  picture?.addEventListener("change", choose);
  if (picture) choose();
  section.addEventListener("tables-changed", again);
}

for (const table of document.querySelectorAll("table[id]")) {
  const changed = () => table.dispatchEvent(new CustomEvent("tables-changed", { bubbles: true }));
  sortable(table, changed);
  const input = document.querySelector(`[data-filters="${table.id}"]`);
  if (input) filterable(table, input, changed);
}

const dialog = document.querySelector("dialog");
for (const picture of document.querySelectorAll(".pictures img")) {
  picture.addEventListener("click", () => {
    const large = new Image();
    large.src = picture.src;
    large.alt = picture.alt;
    dialog.replaceChildren(large);
    dialog.showModal();
  });
}
dialog.addEventListener("click", () => dialog.close());
dark.addEventListener("change", () => seen.forEach(draw));
let waiting;
addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => seen.forEach(draw), 200);
});
