// Improves the reply form; without this script it works all the same.
const form = document.querySelector("form[data-reply]");

// Mail scanners load the page, some even with scripts, but they do not scroll, type or point: only a person's first
// movement tells the organiser that the invitation was opened.
const signs = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "scroll"];
const tell = () => {
  for (const sign of signs) removeEventListener(sign, tell);
  fetch(form.dataset.opened, {
    method: "POST",
    headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    keepalive: true,
  }).catch(() => {});
};
for (const sign of signs) addEventListener(sign, tell, { passive: true });

// The button says for how many people it confirms.
const others = [...form.querySelectorAll("[data-person]")];
const controlsOf = (person) => [...person.querySelectorAll("input, textarea")];
const isFilled = (person) => controlsOf(person).some((control) => (control.type === "checkbox" ? control.checked : control.value.trim()));
const button = form.querySelector("[data-confirm]");
const label = () => {
  const number = 1 + others.filter(isFilled).length;
  button.textContent = number === 1 ? button.dataset.one : button.dataset.many.replace("{number}", number);
};
form.addEventListener("input", label);
label();

// A person who was begun by mistake can be taken out again with one press.
for (const person of others) {
  const clear = person.querySelector("[data-clear]");
  clear.hidden = false;
  clear.addEventListener("click", () => {
    for (const control of controlsOf(person)) {
      if (control.type === "checkbox") control.checked = false;
      else control.value = "";
    }
    label();
    person.open = false;
    person.querySelector("summary").focus();
  });
}
