// Forms that end something ask first. Without this script they are sent at once.

const dialog = document.querySelector("[data-confirm-dialog]");
const [yes, no] = [dialog.querySelector("[data-yes]"), dialog.querySelector("[data-no]")];
let waiting = null;

for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (waiting === form) return;
    event.preventDefault();
    waiting = form;
    dialog.querySelector("h2").textContent = form.dataset.confirm;
    dialog.querySelector("p").textContent = form.dataset.detail;
    yes.textContent = form.dataset.yes;
    dialog.showModal();
  });
}

yes.addEventListener("click", () => {
  waiting.requestSubmit();
  dialog.close();
});
no.addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => (waiting = null));
