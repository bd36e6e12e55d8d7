// Whose session has ended is led to the sign-in page: that page must not land inside the star's form.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (!xhr.responseURL || new URL(xhr.responseURL).pathname === requestConfig.path) return;
  event.detail.shouldSwap = false;
  location.reload();
});
