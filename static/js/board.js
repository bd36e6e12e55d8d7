// The board with arrow keys, by dragging, and with a search that marks while one types. Without this script the same
// is done by links and buttons.
const form = document.querySelector("[data-board]");
const grid = form?.querySelector(".grid");

if (grid) {
  const say = (text) => (form.querySelector("[data-say]").textContent = text);
  for (const hint of document.querySelectorAll("[data-with-script]")) hint.hidden = false;
  arrowKeys(grid);
  dragging(form, grid, say);
  search(form);
}

// One stop of the Tab key for the whole grid; arrow keys lead from cell to cell.
function arrowKeys(grid) {
  grid.setAttribute("role", "grid");
  const rows = [...grid.tBodies[0].rows].map((row) => [...row.querySelectorAll("td")]);
  const inside = (cell) => cell.querySelector("button.go") ?? cell.querySelector("a.who") ?? cell;
  let at;
  const moveTo = (row, column, focus = true) => {
    if (at) inside(rows[at[0]][at[1]]).tabIndex = -1;
    at = [row, column];
    const target = inside(rows[row][column]);
    target.tabIndex = 0;
    if (focus) target.focus();
  };
  for (const stop of grid.querySelectorAll("td, td a, td button")) stop.tabIndex = -1;
  const place = (cell) => {
    const row = rows.findIndex((cells) => cells.includes(cell));
    return [row, rows[row]?.indexOf(cell)];
  };
  const chosen = grid.querySelector(".is-chosen") ?? grid.querySelector(".may-go");
  const marked = location.hash.length > 1 && document.getElementById(location.hash.slice(1))?.closest(".grid td");
  const first = chosen ?? (marked || null);
  if (!rows.length || !rows[0].length) return;
  moveTo(...(first ? place(first) : [0, 0]), false);
  // After the browser has gone to the fragment of the address, which would take the focus again.
  if (first) window.addEventListener("load", () => requestAnimationFrame(() => inside(first).focus()));
  grid.addEventListener("focusin", (event) => {
    const cell = event.target.closest("td");
    if (!cell) return;
    const [row, column] = place(cell);
    if (row < 0) return;
    if (at) inside(rows[at[0]][at[1]]).tabIndex = -1;
    at = [row, column];
    event.target.tabIndex = 0;
  });
  grid.addEventListener("keydown", (event) => {
    if (!at || event.ctrlKey || event.altKey || event.metaKey) return;
    const [row, column] = at;
    const last = rows.length - 1;
    const end = rows[row].length - 1;
    const to = {
      ArrowUp: [Math.max(0, row - 1), column],
      ArrowDown: [Math.min(last, row + 1), column],
      ArrowLeft: [row, Math.max(0, column - 1)],
      ArrowRight: [row, Math.min(end, column + 1)],
      Home: [row, 0],
      End: [row, end],
      PageUp: [Math.max(0, row - 10), column],
      PageDown: [Math.min(last, row + 10), column],
    }[event.key];
    if (to) {
      event.preventDefault();
      moveTo(...to);
    } else if (event.key === "Escape") {
      document.querySelector("[data-give-up]")?.click();
    }
  });
}

// A meeting follows the pointer; places where it may go are marked and named, others say why not.
function dragging(form, grid, say) {
  let drag = null;
  const cellAt = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest(".grid td");
  const end = () => {
    drag?.ghost?.remove();
    document.body.classList.remove("is-dragging");
    for (const cell of grid.querySelectorAll("td")) {
      cell.classList.remove("drop-yes", "drop-no", "drop-over");
      delete cell.dataset.drop;
    }
    drag = null;
  };
  const begin = async () => {
    drag.begun = true;
    document.body.classList.add("is-dragging");
    drag.ghost = document.createElement("div");
    drag.ghost.className = "drag-ghost";
    drag.ghost.textContent = drag.from.querySelector(".who, a").innerText;
    document.body.append(drag.ghost);
    const mine = drag;
    const response = await fetch(form.dataset.targets.replace("/0/", `/${drag.meeting}/`));
    if (!response.ok || drag !== mine) return;
    drag.targets = (await response.json()).targets;
    if (drag !== mine) return;
    for (const cell of grid.querySelectorAll("td")) {
      const target = drag.targets[cell.dataset.place];
      if (!target) continue;
      cell.classList.add(target.why ? "drop-no" : "drop-yes");
      cell.dataset.drop = target.why ? grid.dataset.no : target.swaps ? grid.dataset.swap : grid.dataset.here;
    }
  };
  const drop = (cell) => {
    const target = cell && drag.targets?.[cell.dataset.place];
    if (!target) return;
    if (target.why) {
      say(target.why);
      announce(form, target.why);
      return;
    }
    form.elements.meeting.value = drag.meeting;
    form.elements.version.value = drag.version;
    const add = (name, value) => {
      const field = form.elements[name] ?? document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      form.append(field);
    };
    add("place", cell.dataset.place);
    if (target.swaps) {
      add(`other-${cell.dataset.place}`, cell.dataset.meeting);
      add(`version-${cell.dataset.place}`, cell.dataset.version);
    }
    form.requestSubmit();
  };
  document.addEventListener("pointerdown", (event) => {
    const from = event.target.closest("[data-meeting]");
    // A finger scrolls; with it, choose a meeting and then its place.
    if (!from || event.button || event.pointerType === "touch" || event.target.closest("button")) return;
    if ("fixed" in from.dataset || !from.querySelector("a")) return;
    drag = {
      from,
      meeting: from.dataset.meeting,
      version: from.dataset.version,
      x: event.clientX,
      y: event.clientY,
      begun: false,
    };
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (!drag.begun && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 8) return;
    if (!drag.begun) begin();
    drag.ghost.style.transform = `translate(${event.clientX + 12}px, ${event.clientY + 12}px)`;
    const over = cellAt(event);
    for (const cell of grid.querySelectorAll(".drop-over")) if (cell !== over) cell.classList.remove("drop-over");
    over?.classList.add("drop-over");
  });
  document.addEventListener("pointerup", (event) => {
    if (!drag) return;
    if (drag.begun) drop(cellAt(event));
    const was = drag.begun;
    end();
    // The click that follows would open the link under the pointer.
    if (was) {
      const swallow = (click) => click.preventDefault();
      document.addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => document.removeEventListener("click", swallow, { capture: true }), 0);
    }
  });
  document.addEventListener("pointercancel", end);
  document.addEventListener("keydown", (event) => event.key === "Escape" && end());
  // Links would be dragged as links.
  document.addEventListener("dragstart", (event) => event.target.closest?.("[data-meeting]") && event.preventDefault());
}

// A refusal is seen as well as heard.
function announce(form, text) {
  const note = form.querySelector(".refusal") ?? document.createElement("p");
  note.className = "refusal notice error";
  note.textContent = text;
  form.prepend(note);
}

// Marks what is typed; the form itself does the same on the server.
function search(form) {
  const find = document.querySelector("[data-find]");
  if (!find) return;
  const field = find.elements.q;
  const found = find.querySelector("[data-found]");
  let waiting;
  const mark = () => {
    const wanted = field.value.trim().toLocaleLowerCase();
    let number = 0;
    for (const cell of document.querySelectorAll("[data-people]")) {
      const is = wanted !== "" && cell.dataset.people.includes(wanted);
      cell.classList.toggle("is-found", is);
      number += is;
    }
    document.body.classList.toggle("is-searching", wanted !== "");
    // Not at each key: screen readers would speak without end.
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      found.textContent = wanted ? found.dataset.words.replace("{number}", number) : "";
    }, 500);
  };
  field.addEventListener("input", mark);
  if (field.value) mark();
}
