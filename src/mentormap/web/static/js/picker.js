// Arrow keys in a month of days, which then is one stop for Tab; without the script each open day is a stop of its own.

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const TURNS = { PageUp: "#month-earlier", PageDown: "#month-later" };

const openDays = (month) => [...month.querySelectorAll("td > button")];
const stopOf = (month) => month.querySelector("td > button[aria-pressed=true]") ?? openDays(month)[0];

function stopAt(month, day) {
  for (const other of openDays(month)) other.tabIndex = other === day ? 0 : -1;
}

// The next open day in that direction, skipping closed ones.
function neighbour(month, day, step) {
  const cells = [...month.querySelectorAll("td")];
  for (let index = cells.indexOf(day.parentElement) + step; cells[index]; index += step) {
    const found = cells[index].querySelector("button");
    if (found) return found;
  }
  return null;
}

function edge(day, key) {
  const week = [...day.closest("tr").querySelectorAll("button")];
  return key === "Home" ? week[0] : key === "End" ? week.at(-1) : null;
}

function prepare(root) {
  for (const month of root.querySelectorAll("[data-month]")) {
    stopAt(month, stopOf(month));
    month.setAttribute("aria-describedby", "month-keys");
  }
}

document.addEventListener("keydown", (event) => {
  const day = event.target.closest("[data-month] td > button");
  if (!day || event.altKey || event.ctrlKey || event.metaKey) return;
  const month = day.closest("[data-month]");
  const turn = TURNS[event.key] && month.querySelector(`${TURNS[event.key]}:not([aria-disabled])`);
  const next = event.key in STEPS ? neighbour(month, day, STEPS[event.key]) : edge(day, event.key);
  if (turn || next || event.key in STEPS) event.preventDefault();
  if (turn) {
    day.blur();
    turn.click();
  } else if (next) {
    stopAt(month, next);
    next.focus();
  }
});

// Where a month has no open day: the next one beyond it, else the way back.
const wayOut = (times) =>
  times.querySelector(".times__none button") ?? times.querySelector(".month__turn:not([aria-disabled])");

// What had the focus may be gone: then it goes to the day that is shown now.
document.addEventListener("htmx:afterSettle", (event) => {
  prepare(event.target);
  const month = event.target.querySelector("[data-month]");
  if (month && document.activeElement === document.body) (stopOf(month) ?? wayOut(event.target))?.focus();
});

prepare(document);
