// Learning curves: means over seeds, and how sure they are.

function band(x, low, high) {
  const xs = [], ys = [];
  let piece = [];
  const close = () => {
    if (piece.length > 1) {
      xs.push(...piece.map((i) => x[i]), ...piece.map((i) => x[i]).reverse(), null);
      ys.push(...piece.map((i) => low[i]), ...piece.map((i) => high[i]).reverse(), null);
    }
    piece = [];
  };
  x.forEach((_, i) => (low[i] === null || high[i] === null ? close() : piece.push(i)));
  close();
  return [xs.slice(0, -1), ys.slice(0, -1)];
}

function range(lines, log) {
  const settled = lines.flatMap((one) =>
    one.mean.filter((value, i) => value !== null && i >= Math.floor(WARM_UP * one.mean.length) && !(log && value <= 0)));
  if (!settled.length) return undefined;
  const at = (value) => (log ? Math.log10(value) : value);
  const low = at(Math.min(...settled)), high = at(Math.max(...settled));
  const span = high - low || Math.abs(high) || 1;
  const ends = lines.map((one) => [one.low?.at(-1), one.high?.at(-1)]);
  const inside = (value) => value !== null && value !== undefined && !(log && value <= 0);
  const lows = ends.map(([value]) => value).filter(inside).map(at);
  const highs = ends.map(([, value]) => value).filter(inside).map(at);
  return [
    Math.max(Math.min(low, ...lows), low - span / 2) - 0.05 * span,
    Math.min(Math.max(high, ...highs), high + span / 2) + 0.05 * span,
  ];
}

function drawCurves(section, one) {
  const { curves } = one;
  const element = section.querySelector(".curves");
  const [metric, kind, log] = ["metric", "band", "log"].map((name) => {
    const input = section.querySelector(`[name=${name}]`);
    return input.type === "checkbox" ? input.checked : input.value;
  });
  const byNumber = new Map(curves.settings.map((each) => [each.setting, each]));
  const chosen = shown(section).filter((number) => byNumber.has(number));
  const drawn = chosen.slice(0, MOST);
  const hidden = element.hiddenSettings ?? (element.hiddenSettings = new Set());
  const traces = [], lines = [];
  const most = Math.max(...drawn.map((number) => byNumber.get(number).x.at(-1)));
  for (const number of drawn) {
    if (hidden.has(number)) continue;
    const each = byNumber.get(number), values = each[metric];
    const [low, high] = kind === "range" ? [values.least, values.most] : [values.low, values.high];
    const [x, y] = kind === "none" ? [[], []] : band(each.x, low, high);
    if (x.length) {
      traces.push({ x, y, fill: "toself", fillcolor: pale(colour(number)), line: { width: 0 },
        mode: "lines", hoverinfo: "skip" });
    }
    lines.push({ mean: values.mean, low: kind === "none" ? null : low, high: kind === "none" ? null : high });
    traces.push({ x: each.x, y: values.mean, line: { color: colour(number), width: 2, dash: DASHES[number % DASHES.length] },
      mode: each.x.length > 60 ? "lines" : "lines+markers", marker: { size: 4 },
      name: safe(clipped(one.settings[number - 1].label, 48)), hovertemplate: `%{x}: %{y:.6g}<extra>%{fullData.name}</extra>` });
  }
  Plotly.react(element, traces, layout({
    xaxis: axis({ title: { text: curves.unit }, tickformat: ",d", dtick: most <= 12 ? 1 : undefined }),
    yaxis: axis({ title: { text: safe(metric) }, type: log ? "log" : "linear", range: range(lines, log) }),
  }), CONFIG);
  legend(section.querySelector(".legend"), drawn, one, hidden, () => drawCurves(section, one));
  const left = shown(section).length - drawn.length;
  section.querySelector(".left-out").textContent =
    left > 0 ? `Drawn are the first ${drawn.length} of the table; not drawn: ${left}. Filter or sort the table to choose others; the ${curves.settings.length} best have curves.` : "";
}

function legend(place, drawn, one, hidden, redraw) {
  place.replaceChildren(...drawn.map((number) => {
    const button = document.createElement("button");
    const mark = document.createElement("i");
    mark.style.background = colour(number);
    button.append(mark, `${number}: ${one.settings[number - 1].label}`);
    button.ariaPressed = String(!hidden.has(number));
    button.addEventListener("click", () => {
      if (!hidden.delete(number)) hidden.add(number);
      redraw();
    });
    return button;
  }));
}
