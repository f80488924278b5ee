"use strict";
// Tables sort by their heads and filter by a word; flame graphs zoom; links open what they lead to;
// a button for dark.
(() => {
  const value = (row, column) => {
    const cell = row.cells[column];
    return "v" in cell.dataset ? Number(cell.dataset.v)
      : cell.classList.contains("n") ? -Infinity : cell.textContent.trim();
  };
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number" ? (a === b ? 0 : a < b ? -1 : 1)
      : String(a).localeCompare(String(b), "en", { numeric: true });

  const sort = (table, head, column) => {
    const numeric = table.tBodies[0].rows[0]?.cells[column].classList.contains("n");
    const was = head.getAttribute("aria-sort");
    const ascending = was ? was === "descending" : !numeric;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => (ascending ? 1 : -1) * compare(value(a, column), value(b, column)));
    table.tBodies[0].append(...rows);
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.title = "Sort by this column";
      button.addEventListener("click", () => sort(table, head, column));
      head.replaceChildren(button);
    });
  }

  for (const input of document.querySelectorAll("input[data-filter]")) {
    const rows = [...document.getElementById(input.dataset.filter).querySelectorAll("tbody tr")];
    const count = document.querySelector(`[data-count="${input.dataset.filter}"]`);
    input.addEventListener("input", () => {
      const word = input.value.toLowerCase();
      for (const row of rows)
        row.hidden = !row.cells[0].textContent.toLowerCase().includes(word);
      const shown = rows.filter(row => !row.hidden).length;
      count.textContent = word ? `${shown} of ${rows.length}` : "";
    });
  }

  // Flame graphs: a click makes a box as wide as the picture, those it stands on too.
  for (const graph of document.querySelectorAll(".flame-graph")) {
    const boxes = [...graph.children].filter(e => e.localName === "svg").map(element => ({
      element, x: parseFloat(element.getAttribute("x")), y: Number(element.getAttribute("y")),
      width: parseFloat(element.getAttribute("width")),
      title: element.querySelector("title").textContent,
    }));
    const tools = graph.previousElementSibling;
    const [input, whole, status] = ["input", "button", "span"].map(e => tools.querySelector(e));
    const close = 0.002; // percent: positions are written with three digits
    const say = box => { status.textContent = box.title.replace("\n", ", "); };

    const place = (box, x, width) => {
      box.element.style.display = "";
      box.element.setAttribute("x", x + "%");
      box.element.setAttribute("width", width + "%");
      if (width >= 2 && !box.element.querySelector("text")) {
        const text = document.createElementNS(graph.namespaceURI, "text");
        text.setAttribute("x", "3");
        text.setAttribute("y", "13");
        text.textContent = box.title.split("\n")[0];
        box.element.append(text);
      }
    };
    const zoom = to => {
      for (const box of boxes) {
        const isInside = box.x >= to.x - close && box.x + box.width <= to.x + to.width + close;
        const isBelow = box.x <= to.x + close && box.x + box.width >= to.x + to.width - close;
        if (box.y < to.y && isBelow) place(box, 0, 100);
        else if (box.y >= to.y && isInside)
          place(box, 100 * (box.x - to.x) / to.width, 100 * box.width / to.width);
        else box.element.style.display = "none";
      }
      say(to);
    };

    tools.hidden = false;
    graph.addEventListener("click", event => {
      const box = boxes.find(b => b.element.contains(event.target));
      if (box) zoom(box);
    });
    graph.addEventListener("mouseover", event => {
      const box = boxes.find(b => b.element.contains(event.target));
      if (box && !input.value) say(box);
    });
    whole.addEventListener("click", () => zoom(boxes[0]));
    input.addEventListener("input", () => {
      const word = input.value.toLowerCase();
      graph.classList.toggle("searched", word !== "");
      for (const box of boxes)
        box.element.classList.toggle("found", box.title.split("\n")[0].toLowerCase().includes(word));
      const found = boxes.filter(b => b.element.classList.contains("found")).length;
      status.textContent = word ? `${found} of ${boxes.length} boxes` : "";
    });
  }

  const open = () => {
    const target = document.getElementById(location.hash.slice(1));
    const details = target?.closest("details") ?? target?.querySelector("details");
    if (details && !details.open) {
      details.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", open);
  open();

  const root = document.documentElement;
  const theme = document.getElementById("theme");
  const isDark = () => root.dataset.theme
    ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    theme.setAttribute("aria-pressed", String(isDark()));
  });
  theme.setAttribute("aria-pressed", String(isDark()));
  root.dataset.ready = "yes";
})();
