"use strict";
// Tables are sorted by a button in each head, mistakes are filtered by pair of labels and by words.
// Without this script everything is there too, in the order it was written.
(() => {
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
  };
  const isEmpty = (v) => v === "" || v === "n/a";
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "en", { numeric: true });
  };
  const sorted = (rows, column, sign) => {
    const full = rows.filter((row) => !isEmpty(value(row, column)));
    full.sort((a, b) => sign * compare(value(a, column), value(b, column)));
    // What has no value stays at the end, whatever the direction.
    return [...full, ...rows.filter((row) => isEmpty(value(row, column)))];
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    const original = [...table.tBodies[0].rows];
    heads.forEach((head, column) => {
      const name = head.textContent;
      if (name === "" || name.startsWith("95 %")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      head.replaceChildren(button);
      const directions = head.classList.contains("n") ? ["descending", "ascending"] : ["ascending", "descending"];
      button.addEventListener("click", () => {
        const next = directions[directions.indexOf(head.getAttribute("aria-sort")) + 1];
        for (const other of heads) other.removeAttribute("aria-sort");
        if (next) head.setAttribute("aria-sort", next);
        const rows = next ? sorted(original, column, next === "ascending" ? 1 : -1) : original;
        table.tBodies[0].append(...rows);
      });
    });
  }

  const form = document.getElementById("filter");
  if (!form) return;
  const pair = document.getElementById("pair");
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const items = [...document.querySelectorAll(".mistakes > li")];
  const texts = items.map((item) => item.textContent.toLowerCase());
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    items.forEach((item, i) => {
      const fits = (!pair.value || item.dataset.pair === pair.value) && words.every((w) => texts[i].includes(w));
      item.hidden = !fits;
      count += fits ? 1 : 0;
    });
    shown.value = count === items.length ? `${count} shown` : `${count} of ${items.length} shown`;
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  pair.addEventListener("change", filter);
  search.addEventListener("input", filter);
  for (const link of document.querySelectorAll("a[data-pair]")) {
    link.addEventListener("click", () => {
      pair.value = link.dataset.pair;
      if (pair.selectedIndex < 0) pair.value = "";
      search.value = "";
      filter();
    });
  }
  filter();
})();
