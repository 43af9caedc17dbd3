// Says so when a part of the page could not be fetched, until one is asked for again. The bell tries again by itself.

const isOfBell = (event) => event.target.closest("[data-bell]") !== null;

function show(isShown) {
  return (event) => {
    if (!isOfBell(event)) document.querySelector("#trouble").hidden = !isShown;
  };
}

for (const trouble of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(trouble, show(true));
}
document.addEventListener("htmx:beforeRequest", show(false));
