// Runs in the reader's browser, from a server or from a file: nothing is fetched.
const box = document.querySelector(".search");
const input = box.querySelector("input");
const list = box.querySelector("ol");
let index;

// On a small screen the menu would push the page away.
if (matchMedia("(max-width: 48rem)").matches) document.querySelector(".menu").open = false;

input.addEventListener("input", show);
input.addEventListener("focus", show);
input.addEventListener("keydown", (event) => {
  const links = [...list.querySelectorAll("a")];
  if (event.key === "Enter" && links[0]) links[0].click();
  else if (event.key === "ArrowDown" && links[0]) links[0].focus();
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
});
list.addEventListener("keydown", (event) => {
  const links = [...list.querySelectorAll("a")];
  const at = links.indexOf(document.activeElement);
  if (event.key === "ArrowDown") links[at + 1]?.focus();
  else if (event.key === "ArrowUp") (links[at - 1] ?? input).focus();
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target === input) return;
  event.preventDefault();
  input.focus();
});
document.addEventListener("click", (event) => {
  if (!box.contains(event.target)) list.hidden = true;
});
list.addEventListener("click", () => {
  list.hidden = true;
});

function close() {
  input.value = "";
  list.hidden = true;
  input.focus();
}

function show() {
  const asked = input.value.trim();
  list.replaceChildren(...(asked === "" ? [] : results(asked)));
  list.hidden = asked === "";
}

function results(asked) {
  index ??= searchIndex(searchData);
  const found = index.search(asked).slice(0, 12);
  if (found.length > 0) return found.map((each) => entry(each, asked));
  const none = document.createElement("li");
  none.className = "none";
  none.textContent = `Nothing says ${asked}`;
  return [none];
}

function entry({ at, title, heading, text }, asked) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.className = "result";
  link.href = siteRoot + at;
  const [where, what] = [document.createElement("strong"), document.createElement("span")];
  where.textContent = heading === title ? title : `${title} › ${heading}`;
  what.textContent = excerpt(text, asked);
  link.append(where, what);
  item.append(link);
  return item;
}

/** The words around the first one that was asked for. */
function excerpt(text, asked) {
  const low = text.toLowerCase();
  const places = asked
    .toLowerCase()
    .split(/\s+/u)
    .map((word) => low.indexOf(word));
  const first = Math.min(...places.filter((place) => place >= 0));
  const start = Number.isFinite(first) ? Math.max(0, first - 40) : 0;
  return `${start > 0 ? "…" : ""}${text.slice(start, start + 140).trim()}`;
}
