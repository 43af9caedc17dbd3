// Has the bell look for news each minute, while the page is in sight; a hidden tab asks nothing.

const MINUTE = 60_000;
let lastLook = Date.now();

function look() {
  if (document.hidden || Date.now() - lastLook < MINUTE) return;
  lastLook = Date.now();
  document.querySelector("[data-bell]")?.dispatchEvent(new Event("look"));
}

setInterval(look, MINUTE / 4);
document.addEventListener("visibilitychange", look);
