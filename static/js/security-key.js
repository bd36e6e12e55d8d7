// allauth's script reports a refused or cancelled security key to the console only; people need it in words.
document.addEventListener("allauth.error", (event) => {
  const words = document.querySelector("[data-security-key-error]");
  if (!words) return;
  event.preventDefault();
  words.hidden = false;
});
