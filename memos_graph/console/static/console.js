// "/" goes to the search, as in most places where one looks for something.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = document.querySelector("#q") ?? document.querySelector("[data-key='/']");
  if (field) {
    event.preventDefault();
    field.focus();
  }
});
