// What all plots share.

const data = JSON.parse(document.getElementById("data").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
// Paul Tol's and Okabe and Ito's, which colour-blind readers tell apart; lighter on a dark ground.
const LIGHT = ["#0072b2", "#d55e00", "#117733", "#aa4499", "#b8860b", "#332288",
  "#44aa99", "#882255", "#56a0d3", "#cc6677", "#7f7f7f", "#999933"];
const DARK = ["#56b4e9", "#ff9a52", "#5fc77f", "#e08bd0", "#f0d060", "#a59cf0",
  "#6fd6c6", "#e0709f", "#a8d8ff", "#f0a0a8", "#b5b5b5", "#d0d070"];
// Curves that lie on each other are both seen.
const DASHES = ["dash", "solid", "dot"];
const MOST = 12;
const ROWS = 40;
const WARM_UP = 0.1;
const CONFIG = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["lasso2d", "select2d"] };

const colour = (number) => (dark.matches ? DARK : LIGHT)[(number - 1) % MOST];
const pale = (hex) => `${hex}2e`;
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
// Plotly takes texts for a kind of HTML.
const safe = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const clipped = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const told = (value) => (typeof value === "number" ? `${+value.toPrecision(5)}` : value ?? "null");
const narrow = () => innerWidth < 640;

const axis = (more) => ({ gridcolor: css("--line"), zerolinecolor: css("--line"), automargin: true, ...more });
const layout = (more) => ({
  paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false,
  font: { color: css("--ink"), family: "system-ui, sans-serif", size: 12 },
  margin: { l: 60, r: 16, t: 16, b: 48 }, hovermode: "closest",
  hoverlabel: { bgcolor: css("--raised"), font: { color: css("--ink") } }, ...more,
});

// The numbers of the settings that the table shows, in its order.
const shown = (section) =>
  [...section.querySelectorAll("table.settings tbody tr:not([hidden])")].map((row) => +row.dataset.setting);
