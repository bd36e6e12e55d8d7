// A second click while the first one travels would send the same reply twice. The server copes with that,
// but the person would see the answer to the second request. Forms may opt out by data-submit-many.
const underWay = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  // htmx has taken the event already and has a guard of its own.
  if (event.defaultPrevented || form.method !== "post" || "submitMany" in form.dataset) return;
  if (underWay.has(form)) {
    event.preventDefault();
    return;
  }
  underWay.add(form);
  // Not `disabled`: the button would lose the focus, and its name would be missing from what is sent.
  event.submitter?.setAttribute("aria-disabled", "true");
});

// Coming back with the browser's Back button shows the page as it was left: open the forms again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) underWay.delete(form);
  for (const button of document.querySelectorAll("button[aria-disabled], input[aria-disabled]")) {
    button.removeAttribute("aria-disabled");
  }
});
