// What each setting reached, and parallel coordinates of all.

function drawIntervals(section, one) {
  const element = section.querySelector(".intervals");
  const settings = shown(section).map((number) => one.settings[number - 1])
    .filter((each) => each.mean !== null).slice(0, ROWS);
  const left = shown(section).length - settings.length;
  section.querySelector(".left-out-settings").textContent = left > 0
    ? `Drawn are the first ${settings.length} of the table that have a value; not drawn: ${left}.` : "";
  const [key] = one.keys;
  const trend = one.keys.length === 1 && key.numeric && settings.length > 2
    && settings.every((each) => typeof each.values[0] === "number");
  if (trend) settings.sort((a, b) => a.values[0] - b.values[0]);
  const place = (each) => (trend ? each.values[0]
    : narrow() ? `${each.number}` : safe(clipped(`${each.number}: ${each.values.map(told).join(", ") || each.label}`, 56)));
  const places = settings.map(place), means = settings.map((each) => each.mean);
  const errors = { type: "data", array: settings.map((each) => (each.high ?? each.mean) - each.mean),
    thickness: 1.5, width: 4, color: css("--ink") };
  const seedPlaces = settings.flatMap((each) => each.seeds.map(() => place(each)));
  const seedValues = settings.flatMap((each) => each.seeds);
  const [across, along] = trend ? ["x", "y"] : ["y", "x"];
  const named = settings.map((each) => safe(each.label));
  const traces = [
    { [across]: seedPlaces, [along]: seedValues, mode: "markers", hovertemplate: `%{${along}:.6g}<extra>one seed</extra>`,
      marker: { size: 6, color: css("--quiet"), opacity: 0.55, symbol: "circle-open" } },
    { [across]: places, [along]: means, [`error_${along}`]: errors, text: named,
      mode: trend ? "lines+markers" : "markers", line: { color: css("--quiet"), width: 1 },
      hovertemplate: `%{${along}:.6g}<extra>%{text}</extra>`,
      marker: { size: 9, color: settings.map((each) => colour(each.number)) } },
  ];
  const values = axis({ title: { text: safe(one.monitor) } });
  const numbers = settings.map((each) => each.values[0]);
  const wide = trend && Math.min(...numbers) > 0 && Math.max(...numbers) > 20 * Math.min(...numbers);
  const names = trend
    ? axis({ title: { text: safe(key.name) }, type: wide ? "log" : "linear", tickvals: numbers, ticktext: numbers.map(String) })
    : axis({ type: "category", autorange: "reversed", dtick: 1 });
  element.style.height = trend ? "24rem" : `${90 + 24 * settings.length}px`;
  element.style.minHeight = "8rem";
  Plotly.react(element, traces, layout({ [`${across}axis`]: names, [`${along}axis`]: values }), CONFIG);
  Plotly.Plots.resize(element);
}

function dimension(name, values, numeric) {
  const known = values.filter((value) => value !== null);
  const label = safe(clipped(name, 24));
  if (!numeric) {
    const kinds = [...new Set(values.map((value) => value ?? "none"))].sort();
    return { label, values: values.map((value) => kinds.indexOf(value ?? "none")),
      tickvals: kinds.map((_, i) => i), ticktext: kinds.map((kind) => safe(clipped(kind, 20))) };
  }
  const distinct = [...new Set(known)].sort((a, b) => a - b);
  const log = distinct[0] > 0 && distinct.at(-1) >= 100 * distinct[0];
  const at = (value) => (log ? Math.log10(value) : value);
  const few = distinct.length <= 8;
  const result = { label, values: values.map((value) => at(value)) };
  if (few || log) {
    const ticks = few ? distinct
      : Array.from({ length: 6 }, (_, i) => 10 ** (at(distinct[0]) + (i * (at(distinct.at(-1)) - at(distinct[0]))) / 5));
    result.tickvals = ticks.map(at);
    result.ticktext = ticks.map((tick) => `${+tick.toPrecision(3)}`);
  }
  return result;
}

function drawParallel(section, one) {
  const element = section.querySelector(".parallel");
  const settings = shown(section).map((number) => one.settings[number - 1])
    .filter((each) => each.mean !== null && one.keys.every((key, i) => !key.numeric || each.values[i] !== null));
  const means = settings.map((each) => each.mean);
  const dimensions = one.keys.map((key, i) => dimension(key.short, settings.map((each) => each.values[i]), key.numeric));
  dimensions.push({ label: safe(one.monitor), values: means });
  Plotly.react(element, [{
    type: "parcoords", dimensions, labelfont: { color: css("--ink") },
    tickfont: { color: css("--ink") }, rangefont: { color: css("--quiet") },
    line: { color: means, colorscale: "Viridis", reversescale: one.mode === "min", showscale: true,
      colorbar: { thickness: 12, title: { text: safe(clipped(one.monitor, 14)) } } },
    unselected: { line: { color: css("--line"), opacity: 0.25 } },
  }], layout({ margin: { l: 60, r: 30, t: 56, b: 24 } }), CONFIG);
}
