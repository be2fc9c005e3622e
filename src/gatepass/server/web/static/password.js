// Password fields: a button that shows what is typed, and how long a new one is.

for (const box of document.querySelectorAll("[data-password]")) {
  const [input, button] = [box.querySelector("input"), box.querySelector("button")];
  const show = (on) => {
    input.type = on ? "text" : "password";
    button.firstChild.data = on ? "Hide" : "Show";
  };
  button.hidden = false;
  button.addEventListener("click", () => show(input.type === "password"));
  // A field sent as text would be kept by the browser's form history.
  input.form.addEventListener("submit", () => show(false));
}

for (const box of document.querySelectorAll("[data-length]")) {
  const [input, line] = [box.querySelector("input"), box.querySelector("[aria-live]")];
  input.addEventListener("input", () => {
    // The server counts code points after NFC as well.
    const length = [...input.value.normalize("NFC")].length;
    const missing = box.dataset.length - length;
    if (length === 0) line.textContent = "";
    else if (missing > 0) line.textContent = `${missing} more ${missing === 1 ? "character" : "characters"} to go.`;
    else line.textContent = "Long enough.";
  });
}
