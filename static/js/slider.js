// The number beside a slider follows it; without a script it shows what was sent last.
document.addEventListener("input", (event) => {
  const output = document.querySelector(`output[data-slider][for="${event.target.id}"]`);
  if (output) {
    output.value = event.target.value;
  }
});
