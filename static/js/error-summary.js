// After a form came back with errors the summary takes the focus, so that screen readers begin there.
// The server rendered it; without this script it is still announced as an alert and its links still work.
document.querySelector("[data-error-summary]")?.focus();
