// On the day, marks by itself what runs now. Without it a reload does the same.
const now = () => document.getElementById("now-and-next");
const SOONEST_MS = 30_000;
const LATEST_MS = 24 * 3600_000;

function wait() {
  const left = Date.parse(now()?.dataset.changesAt) - Date.now();
  if (!(left < LATEST_MS)) return;
  // Not all phones in the room at once, and not again and again where a clock is wrong.
  setTimeout(refresh, Math.max(left, SOONEST_MS) + Math.random() * 5000);
}

async function refresh() {
  try {
    const response = await fetch(location.href, { headers: { "X-Poll": "1" } });
    if (response.ok) show(new DOMParser().parseFromString(await response.text(), "text/html"));
  } catch {
    // No network: the page stays as it is, and asks again.
  }
  wait();
}

function show(fresh) {
  const region = fresh.getElementById("now-and-next");
  if (!region) return;
  now().replaceWith(region);
  for (const row of document.querySelectorAll("[id^='session-']")) {
    const same = fresh.getElementById(row.id);
    if (!same) continue;
    row.className = same.className;
    row.querySelector(".time .tags")?.replaceWith(same.querySelector(".time .tags"));
  }
}

wait();
