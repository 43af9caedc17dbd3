// Closes an open menu by Escape, or when the focus or a click goes elsewhere; it opens and closes without a script.

const menus = document.querySelectorAll("details[data-menu]");

function closeOthers(target) {
  for (const menu of menus) if (!menu.contains(target)) menu.open = false;
}

document.addEventListener("click", (event) => closeOthers(event.target));
document.addEventListener("focusin", (event) => closeOthers(event.target));
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.querySelector("details[data-menu][open]");
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});
