// Tables can be sorted and searched; without scripts all is there and readable.
"use strict";
const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
const valueOf = (row, column) => {
  const cell = row.cells[column];
  return "v" in cell.dataset ? Number(cell.dataset.v) : plain(cell.textContent);
};
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") === "descending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const rows = [...table.tBodies[0].rows];
      rows.sort((one, two) => {
        const a = valueOf(one, column), b = valueOf(two, column);
        const order = typeof a === "number" ? b - a : a < b ? -1 : a > b ? 1 : 0;
        return up ? -order : order;
      });
      table.tBodies[0].append(...rows);
    });
  });
}
for (const input of document.querySelectorAll("input[data-filters]")) {
  input.closest(".search").hidden = false;
  input.addEventListener("input", () => {
    for (const row of document.getElementById(input.dataset.filters).tBodies[0].rows) {
      row.hidden = !plain(row.textContent).includes(plain(input.value));
    }
  });
}
const name = document.title;
const entitle = () => {
  const page = document.querySelector(".page:target h1");
  document.title = page ? `${page.textContent} · ${name}` : name;
  if (page) scrollTo(0, 0);
};
addEventListener("hashchange", entitle);
if (location.hash) entitle();
