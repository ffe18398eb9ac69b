// Tables that can be sorted and filtered.

function value(row, column) {
  const cell = row.cells[column];
  if (cell.dataset.value === undefined) return cell.textContent;
  return cell.dataset.value === "" ? null : +cell.dataset.value;
}

function compare(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null);
  return sign * (typeof a === "number" && typeof b === "number" ? a - b
    : String(a).localeCompare(String(b), undefined, { numeric: true }));
}

function sortable(table, changed) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const sign = head.ariaSort === "ascending" ? -1 : 1;
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.ariaSort = sign === 1 ? "ascending" : "descending";
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [value(row, column), row]);
    rows.sort(([a], [b]) => compare(a, b, sign));
    body.append(...rows.map(([, row]) => row));
    changed();
  }));
}

const TESTS = {
  "<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b,
  "=": (a, b) => a === b || String(a) === String(b),
};

// A word that a row must hold, or `name<number`, of the column whose name ends so.
function test(word, heads) {
  const [, name, sign, wanted] = /^([^<>=]+)(<=|>=|<|>|=)(.+)$/.exec(word) ?? [];
  const column = name ? heads.findIndex((head) => head === name || head.endsWith(`.${name}`)) : -1;
  if (column < 0) return (row) => row.textContent.toLowerCase().includes(word);
  return (row) => {
    const found = value(row, column);
    if (typeof found === "number") return TESTS[sign](found, +wanted);
    return found !== null && sign === "=" && found.toLowerCase() === wanted;
  };
}

function filterable(table, input, changed) {
  const heads = [...table.tHead.rows[0].cells].map((head) => head.textContent.trim().toLowerCase());
  input.addEventListener("input", () => {
    const tests = input.value.toLowerCase().split(/\s+/).filter(Boolean).map((word) => test(word, heads));
    for (const row of table.tBodies[0].rows) row.hidden = !tests.every((passes) => passes(row));
    changed();
  });
}
