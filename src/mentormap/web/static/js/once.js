// A form that is sent once: a second click while the answer is on its way does nothing.

function hold(form) {
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll(".button--primary")) button.setAttribute("aria-disabled", "true");
}

function free(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll(".button--primary")) button.removeAttribute("aria-disabled");
}

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    else hold(form);
  });
}

// Back from the payment page, the page may come out of the browser's memory as it was left.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-once]").forEach(free);
});
