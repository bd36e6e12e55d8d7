// Says how many characters stand in a text with a limit; without this script the hint names the limit all the same.
const text = document.querySelector("textarea[data-count]");
const counter = document.querySelector("[data-counter]");
if (text && counter) {
  let waiting;
  const show = () => {
    // As the server counts: one for each letter, also outside the basic plane, and one for each line break.
    const number = [...text.value].length;
    counter.textContent = counter.dataset.words.replace("{number}", number).replace("{limit}", text.dataset.count);
  };
  // Not at each key: screen readers would speak without end.
  text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 600);
  });
  show();
}
