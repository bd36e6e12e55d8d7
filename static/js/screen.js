// The big screen of a room: follows the clock through the room's sessions and counts down for who speaks.
// All it needs came with the page; the network is asked once a minute for a new release, and may be gone.
const { dataset } = document.body;
const words = JSON.parse(dataset.words);
let content = JSON.parse(dataset.content);

const part = (name) => document.querySelector(`[data-${name}]`);
const buttons = new Map([...document.querySelectorAll("[data-do]")].map((button) => [button.dataset.do, button]));
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_whole, name) => values[name]);
const write = (name, text) => {
  const place = part(name);
  if (place.textContent !== text) place.textContent = text;
};
const show = (name, visible) => {
  part(name).hidden = !visible;
};

// Clock -------------------------------------------------------------------------------------

// The server's clock is right and that of the room's computer may not be; a second or two is the network's.
const TOLERANCE = 2000;
let skew = 0;
const learnSkew = (serverTime) => {
  const difference = serverTime - Date.now();
  skew = Math.abs(difference) > TOLERANCE ? difference : 0;
};
learnSkew(Number(dataset.now));
const now = () => Date.now() + skew;

const hour = new Intl.DateTimeFormat("en-GB", {
  timeZone: dataset.zone, hour: "numeric", minute: "2-digit", hourCycle: "h23",
});
const day = new Intl.DateTimeFormat(document.documentElement.lang, {
  timeZone: dataset.zone, weekday: "long", day: "numeric", month: "long",
});
const clock = (instant) => {
  const parts = Object.fromEntries(hour.formatToParts(instant).map(({ type, value }) => [type, value]));
  return `${Number(parts.hour)}.${parts.minute}`;
};
const moment = (instant) => {
  const date = day.format(instant);
  return date === day.format(now()) ? clock(instant) : `${date}, ${clock(instant)}`;
};

// What is remembered ----------------------------------------------------------------------------

// By session and presentation and not by release: a release that comes out while somebody speaks stops no clock.
const MEMORY = `convoke-screen:${location.pathname}`;
const HALF_A_DAY = 12 * 60 * 60 * 1000;
const state = { scene: "", step: "", against: "", timers: {}, keys: true };
// When the present countdown was last started, by the clock that nobody can set; null while it stands still.
let startedAt = null;

const timer = () => (state.timers[state.step] ??= { spent: 0, extra: 0 });
const spent = () => timer().spent + (startedAt === null ? 0 : performance.now() - startedAt);
const remember = () => {
  const running = startedAt !== null;
  const timers = { ...state.timers, [state.step]: { ...timer(), spent: spent() } };
  try {
    localStorage.setItem(MEMORY, JSON.stringify({ ...state, timers, running, savedAt: Date.now() }));
  } catch {
    // A browser that keeps nothing still counts down.
  }
};
const recall = () => {
  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(MEMORY));
  } catch {
    return;
  }
  if (!kept || typeof kept.timers !== "object") return;
  state.keys = kept.keys !== false;
  const away = Date.now() - kept.savedAt;
  // Of another day, or of a clock that was set back.
  if (!(away >= 0 && away < HALF_A_DAY)) return;
  const { scene, step, against, timers } = kept;
  Object.assign(state, { scene, step, against, timers });
  if (kept.running) {
    timer().spent += away;
    startedAt = performance.now();
  }
};

// Where we are ---------------------------------------------------------------------------------

const find = (key) => content.scenes.find((scene) => scene.key === key);
const byClock = () => {
  const at = now();
  return content.scenes.findLast((scene) => scene.starts_at <= at && at < scene.ends_at)
    ?? content.scenes.find((scene) => scene.starts_at > at);
};
const scene = () => find(state.scene);
const stepNumber = () => scene()?.steps.findIndex(({ key }) => key === state.step) ?? -1;
const step = () => scene()?.steps[stepNumber()];

const stop = () => {
  if (startedAt === null) return;
  timer().spent = spent();
  startedAt = null;
};
const go = (to, number, against = "") => {
  stop();
  const at = number < 0 ? to.steps.length + number : number;
  Object.assign(state, { scene: to.key, step: to.steps[at]?.key ?? "", against });
  remember();
};
// The clock leads, but never away from somebody whose time is running, nor back from where the moderator went.
const END = { key: "", steps: [] };
const AFTER_ALL = "after all";
const dueKey = () => byClock()?.key ?? AFTER_ALL;
const follow = () => {
  // A new release may have dropped what was counted for.
  if (startedAt !== null && !step()) stop();
  if (startedAt !== null) return;
  const present = scene();
  if (present && state.against === dueKey()) return;
  const due = byClock() ?? END;
  if (due.key !== state.scene || (due.steps.length && !step())) go(due, 0);
};
const isNow = () => {
  const present = scene();
  // One that was moved to before its time, or is still spoken in after it, is what takes place.
  return Boolean(present) && (present.starts_at <= now() || state.against !== "" || startedAt !== null);
};
const move = (by) => {
  const present = scene();
  if (present && by > 0 && !isNow()) {
    // It begins before its time.
    state.against = dueKey();
    return;
  }
  const number = stepNumber() + by;
  if (step() && present.steps[number]) {
    go(present, number, state.against);
    return;
  }
  const place = present ? content.scenes.indexOf(present) : content.scenes.length;
  const other = content.scenes[place + by];
  if (other) go(other, by > 0 ? 0 : -1, other.key === dueKey() ? "" : dueKey());
};

// Countdown ---------------------------------------------------------------------------------------

const MINUTE = 60_000;
const total = () => (step().minutes + timer().extra) * MINUTE;
const digits = (milliseconds) => {
  const left = Math.ceil(milliseconds / 1000);
  const seconds = Math.abs(left);
  const text = `${Math.floor(seconds / 60)}.${String(seconds % 60).padStart(2, "0")}`;
  return left < 0 ? `+${text}` : text;
};
const level = (left) => {
  if (left <= 0) return "out";
  return left <= MINUTE ? "last" : "calm";
};
const stateInWords = (at) => {
  if (at === "out") return words.out;
  if (startedAt === null) return spent() ? words.paused : words.ready;
  return at === "last" ? words.last : words.running;
};

let announced = "";
const announce = (at) => {
  const mark = startedAt === null ? "" : `${state.step} ${at}`;
  if (mark === announced) return;
  announced = mark;
  if (mark && at !== "calm") write("announce", at === "out" ? words.out : words.one_left);
  else write("announce", "");
};

// Drawing ------------------------------------------------------------------------------------------

const drawPeople = (people) => {
  const list = part("who");
  const drawn = JSON.stringify(people);
  if (list.dataset.drawn === drawn) return;
  list.dataset.drawn = drawn;
  list.replaceChildren(...people.map(({ name, detail }) => {
    const line = document.createElement("li");
    const strong = document.createElement("strong");
    strong.textContent = name;
    line.append(strong);
    if (detail) {
      const span = document.createElement("span");
      span.textContent = detail;
      line.append(" ", span);
    }
    return line;
  }));
};
const label = (button, text) => {
  if (buttons.get(button).textContent !== text) buttons.get(button).textContent = text;
};
const drawScene = () => {
  const present = scene();
  const at = isNow() ? step() : undefined;
  const title = at?.title ?? present?.title ?? words.over;
  show("tag", Boolean(present));
  part("tag").classList.toggle("now", isNow());
  write("tag", isNow() || !present ? words.now : fill(words.later, { time: moment(present.starts_at) }));
  write("when", present ? `${clock(present.starts_at)}–${clock(present.ends_at)}` : "");
  write("session", present && present.title !== title ? present.title : "");
  write("title", title);
  part("title").dataset.length = title.length > 110 ? "very-long" : title.length > 50 ? "long" : "";
  write("question", present?.question ?? "");
  write("moderated", present?.moderated ?? "");
  drawPeople(at?.who ?? []);
  drawNext(present, at && present.steps[stepNumber() + 1]);
  return at;
};
const drawNext = (present, nextStep) => {
  const later = present ? content.scenes.slice(content.scenes.indexOf(present) + 1) : [];
  // Not one that ran inside the present one, such as the market place of a lunch.
  const nextScene = later.find((candidate) => candidate.ends_at > now());
  show("next-box", Boolean(nextStep ?? nextScene));
  write("next-time", !nextStep && nextScene ? moment(nextScene.starts_at) : "");
  write("next", (nextStep ?? nextScene)?.title ?? "");
};
const drawTimer = (at) => {
  show("timer", Boolean(at));
  for (const name of ["restart", "less", "more"]) buttons.get(name).hidden = !at;
  buttons.get("toggle").hidden = !step();
  if (!at) {
    label("toggle", words.start);
    announce("calm");
    return;
  }
  const left = total() - spent();
  const reached = level(left);
  part("timer").dataset.level = reached;
  write("state", stateInWords(reached));
  const text = digits(left);
  write("left", text);
  part("left").dataset.length = ["long", "very-long"][text.length - 5] ?? "";
  const minutes = at.minutes + timer().extra;
  write("of", minutes === 1 ? words.of_one : fill(words.of_many, { minutes }));
  label("toggle", startedAt !== null ? words.pause : spent() ? words.go_on : words.start);
  announce(reached);
};
const draw = () => {
  follow();
  write("clock", clock(now()));
  drawTimer(drawScene());
};

// What the moderator does ------------------------------------------------------------------------

const counts = () => !part("timer").hidden;
const actions = {
  toggle() {
    if (!step()) return;
    // It may begin before its time.
    if (!isNow()) state.against = dueKey();
    if (startedAt === null) startedAt = performance.now();
    else stop();
  },
  restart() {
    if (!counts()) return;
    state.timers[state.step] = { spent: 0, extra: 0 };
    if (startedAt !== null) startedAt = performance.now();
  },
  more() {
    if (counts()) timer().extra += 1;
  },
  less() {
    if (counts() && total() > MINUTE) timer().extra -= 1;
  },
  next: () => move(1),
  previous: () => move(-1),
  full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen().catch(() => {});
  },
  keys() {
    state.keys = !state.keys;
    drawKeys();
  },
};
const drawKeys = () => buttons.get("keys").setAttribute("aria-pressed", String(state.keys));
const act = (name) => {
  actions[name]();
  remember();
  draw();
};
for (const [name, button] of buttons) button.addEventListener("click", () => act(name));

const KEYS = {
  " ": "toggle", r: "restart", n: "next", ArrowRight: "next", p: "previous", ArrowLeft: "previous",
  f: "full", "+": "more", "-": "less", "−": "less",
};
document.addEventListener("keydown", (event) => {
  if (!state.keys || event.ctrlKey || event.metaKey || event.altKey) return;
  // On a button these two press the button.
  if (event.target instanceof HTMLButtonElement && (event.key === " " || event.key === "Enter")) return;
  const name = KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
  if (!name) return;
  event.preventDefault();
  if (!event.repeat) act(name);
});

// The buttons show themselves to whoever moves the mouse.
let asleep = 0;
document.addEventListener("pointermove", () => {
  document.body.classList.add("awake");
  clearTimeout(asleep);
  asleep = setTimeout(() => document.body.classList.remove("awake"), 4000);
});

// Staying up to date, and awake ------------------------------------------------------------------

const refresh = async () => {
  try {
    const response = await fetch(dataset.address, {
      cache: "no-cache",
      headers: { "X-Poll": "1" },
      signal: AbortSignal.timeout(20_000),
    });
    if (!response.ok) throw new Error(response.statusText);
    content = await response.json();
    const date = Date.parse(response.headers.get("Date"));
    if (date) learnSkew(date);
    write("stale", "");
  } catch {
    // What was last known stays on the screen; the technician is told beside the buttons.
    write("stale", fill(words.stale, { release: content.release }));
  }
  draw();
};
const stayAwake = () => {
  if (document.visibilityState === "visible") navigator.wakeLock?.request("screen").catch(() => {});
};
document.addEventListener("visibilitychange", stayAwake);

recall();
drawKeys();
buttons.get("full").hidden = !document.fullscreenEnabled;
show("controls", true);
show("clock-box", true);
draw();
stayAwake();
setInterval(draw, 200);
setInterval(() => {
  if (startedAt !== null) remember();
}, 1000);
setInterval(refresh, MINUTE);
addEventListener("pagehide", remember);
