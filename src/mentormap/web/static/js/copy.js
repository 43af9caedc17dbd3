// A button that copies what stands in a field; without a script the field can be copied by hand.

async function copy(field, told) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    told.textContent = told.dataset.copiedText;
  } catch {
    told.textContent = told.dataset.selectedText;
  }
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  const told = field.closest(".field").querySelector("[data-copied]");
  button.hidden = false;
  button.addEventListener("click", () => copy(field, told));
}
