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
      const rows = [...table.tBodies[0].rows];
      const was = head.getAttribute("aria-sort");
      // numbers begin with the largest, names with A
      const down = was ? was === "ascending" : typeof (rows[0] && valueOf(rows[0], column)) === "number";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      rows.sort((one, two) => {
        const a = valueOf(one, column), b = valueOf(two, column);
        const order = a < b ? -1 : a > b ? 1 : 0;
        return down ? -order : order;
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
};
addEventListener("hashchange", entitle);
if (location.hash) entitle();
