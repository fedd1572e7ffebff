// What the index shows: the patients fifty at a time, each against everybody, and what can be done with them.
const PAGE = 50;
const $ = (id) => document.getElementById(id);

// --- the table ----------------------------------------------------------------------------------------------

function picture(patient) {
  if (!patient.measured) return element("span", "none");
  const image = element("img");
  image.loading = "lazy";
  image.width = image.height = 68;
  image.alt = "";
  image.src = `../patients/${patient.id}/thumbnail.png`;
  return image;
}

function chips(patient) {
  return patient.flags.map((flag) => {
    const chip = element("span", `chip ${flag.severity}`, flag.times > 1 ? `${flag.words} ×${flag.times}` : flag.words);
    chip.title = flag.meaning;
    return chip;
  });
}

function number(patient, measure) {
  const value = patient.values[measure];
  return value === null ? "–" : value.toFixed(data.measures[measure].digits).replace("-", "−");
}

function ratingCell(patient) {
  const cell = element("td", "rating");
  if (!patient.measured) return cell;
  for (const rating of RATINGS) {
    const button = element("button", "", rating[0].toUpperCase() + rating.slice(1));
    button.type = "button";
    button.dataset.rating = rating;
    button.setAttribute("aria-pressed", String(patient.entry.rating === rating));
    button.addEventListener("click", (event) => { event.stopPropagation(); rate(patient, rating); });
    cell.append(button);
  }
  if (patient.lapsed && !patient.entry.rating) cell.append(element("small", "lapsed", `'${patient.lapsed.rating}' lapsed: measured anew`));
  if (patient.recorded && patient.entry.rating !== patient.recorded) {
    cell.append(element("small", "lapsed", `the workflow has '${patient.recorded}'`));
  }
  if (patient.id === view.here || patient.entry.note) {
    const note = element("input");
    note.type = "text";
    note.maxLength = 200;
    note.placeholder = "note";
    note.value = patient.entry.note;
    note.setAttribute("aria-label", `Note on ${patient.id}`);
    note.addEventListener("click", (event) => event.stopPropagation());
    note.addEventListener("input", () => change(patient, { note: note.value }));
    cell.append(note);
  }
  return cell;
}

function row(patient) {
  const made = element("tr", `r${patient.rank} ${patient.id === view.here ? "here" : ""}`);
  made.dataset.patient = patient.id;
  const seen = element("td");
  seen.append(picture(patient));
  const who = element("td", "who");
  if (patient.measured) {
    const link = element("a", "", patient.id);
    link.href = `../patients/${patient.id}/qc.html`;
    who.append(link);
  } else {
    who.append(patient.id);
  }
  who.append(element("small", "", [patient.level, patient.status].filter(Boolean).join(" · ")));
  const flags = element("td", "flags");
  flags.append(...chips(patient));
  if (patient.reasons) flags.append(element("p", "", patient.reasons));
  if (!patient.reasons && patient.rank > 1 && patient.measured) flags.append(element("span", "ok", "✓ Nothing to look at"));
  const values = data.measures.map((_, measure) => element("td", "number", number(patient, measure)));
  made.append(seen, who, flags, ...values, ratingCell(patient));
  made.addEventListener("click", () => highlight(patient.id));
  return made;
}

function pages(total) {
  const last = Math.max(0, Math.ceil(total / PAGE) - 1);
  view.page = Math.min(view.page, last);
  const from = view.page * PAGE;
  const turn = (text, page) => {
    const button = element("button", "", text);
    button.type = "button";
    button.disabled = page < 0 || page > last;
    button.addEventListener("click", () => { view.page = page; render(); window.scrollTo(0, 0); });
    return button;
  };
  const where = total ? `${from + 1} to ${Math.min(total, from + PAGE)} of ${total}` : "";
  $("pages").replaceChildren(element("span", "where", where), turn("‹ Previous", view.page - 1), turn("Next ›", view.page + 1));
  return from;
}

function render() {
  const listed = found();
  const from = pages(listed.length);
  const rows = listed.slice(from, from + PAGE).map(row);
  $("rows").replaceChildren(...rows);
  if (!rows.length) {
    const cell = element("td", "empty", "No patient matches.");
    cell.colSpan = 8;
    $("rows").append(cell);
  }
  for (const button of document.querySelectorAll("button[data-sort]")) {
    button.setAttribute("aria-pressed", String(button.dataset.sort === String(view.sort)));
  }
  count();
  aside();
}

function count() {
  const seen = patients.filter((patient) => patient.measured);
  const rated = seen.filter((patient) => patient.entry.rating).length;
  const look = patients.filter(FILTERS.look).length;
  $("count").textContent = `${patients.length} patients, ${look} to look at; ${rated} of ${seen.length} with pictures rated`;
}

function redraw(patient) {
  const old = $("rows").querySelector(`tr[data-patient="${patient.id}"]`);
  if (old) old.replaceWith(row(patient));
  count();
}

function highlight(id) {
  const before = byId.get(view.here);
  view.here = id;
  if (before) redraw(before);
  redraw(byId.get(id));
  aside();
}

function step(by) {
  const listed = found();
  const at = listed.findIndex((patient) => patient.id === view.here);
  const next = listed[Math.max(0, Math.min(listed.length - 1, at + by))];
  if (!next) return;
  view.page = Math.floor(listed.indexOf(next) / PAGE);
  view.here = next.id;
  render();
  $("rows").querySelector("tr.here").scrollIntoView({ block: "nearest" });
}

// --- one patient against everybody --------------------------------------------------------------------------

const WIDTH = 320, HEIGHT = 54, MIDDLE = 22, EDGE = 8;

function svg(tag, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

const strips = data.measures.map((measure, place) => {
  const points = patients.filter((patient) => patient.values[place] !== null);
  const sorted = points.map((patient) => patient.values[place]).sort((a, b) => a - b);
  const low = sorted[0] ?? 0, high = sorted.at(-1) ?? 1;
  const x = (value) => EDGE + (high > low ? (value - low) / (high - low) : 0.5) * (WIDTH - 2 * EDGE);
  // the height of a dot has no meaning; a multiple of the golden ratio keeps neighbours apart, the same each time
  const dots = points.map((patient) => `M${x(patient.values[place]).toFixed(1)} ${(MIDDLE - 12 + 24 * ((patient.place * 0.618034) % 1)).toFixed(1)}h0`).join("");
  const quantile = (share) => sorted[Math.round(share * (sorted.length - 1))];
  return { ...measure, place, points, sorted, low, high, x, dots, quantile };
});

function plot(strip, patient) {
  const part = element("div", "plot");
  const value = patient.values[strip.place];
  const shown = strip.sorted.filter((other) => other < value).length;
  const heading = element("p", "", strip.name);
  const own = element("span");
  own.append(element("b", "", number(patient, strip.place)));
  if (value !== null) own.append(` · above ${Math.round(100 * shown / strip.sorted.length)} % of ${strip.sorted.length}`);
  heading.append(own);
  part.append(heading);
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${strip.name} of all patients` });
  drawing.append(svg("path", { class: "axis", d: `M${EDGE} ${MIDDLE + 16}H${WIDTH - EDGE}` }));
  drawing.append(svg("path", { class: "dots", d: strip.dots }));
  if (strip.sorted.length > 3) {
    drawing.append(svg("path", { class: "quartiles", d: [0.25, 0.5, 0.75].map((share) => `M${strip.x(strip.quantile(share)).toFixed(1)} ${MIDDLE + 12}v8`).join("") }));
  }
  drawing.append(svg("text", { x: EDGE, y: HEIGHT - 4 }, strip.low.toFixed(strip.digits)));
  drawing.append(svg("text", { x: WIDTH - EDGE, y: HEIGHT - 4, "text-anchor": "end" }, strip.high.toFixed(strip.digits)));
  if (strip.sorted.length > 3) drawing.append(svg("text", { x: strip.x(strip.quantile(0.5)), y: HEIGHT - 4, "text-anchor": "middle" }, "median"));
  if (value !== null) {
    drawing.append(svg("path", { class: "line", d: `M${strip.x(value)} ${MIDDLE - 16}V${MIDDLE + 16}` }));
    drawing.append(svg("circle", { class: "me", cx: strip.x(value), cy: MIDDLE, r: 5.5 }));
  }
  drawing.addEventListener("click", (event) => {
    const box = drawing.getBoundingClientRect();
    const asked = (event.clientX - box.left) / box.width * WIDTH;
    const distance = (other) => Math.abs(strip.x(other.values[strip.place]) - asked);
    const nearest = strip.points.reduce((best, other) => (distance(other) < distance(best) ? other : best));
    show(nearest);
  });
  part.append(drawing);
  return part;
}

/** Bring a patient into sight wherever it stands, if need be by showing all patients again. */
function show(patient) {
  if (!found().includes(patient)) {
    view.text = $("search").value = "";
    view.filter = $("filter").value = "all";
  }
  view.here = patient.id;
  step(0);
}

function aside() {
  const patient = byId.get(view.here);
  if (!patient) return;
  const heading = element("h2", "", patient.id);
  if (patient.measured) {
    const link = element("a", "", "Open pictures");
    link.href = `../patients/${patient.id}/qc.html`;
    heading.append(link);
  }
  $("aside").replaceChildren(heading, ...strips.filter((strip) => strip.points.length).map((strip) => plot(strip, patient)));
}

// --- ratings ------------------------------------------------------------------------------------------------

function rate(patient, rating) {
  if (!patient.measured) return;
  change(patient, { rating: patient.entry.rating === rating ? "" : rating });
  if (patient.id === view.here) redraw(patient);
  else highlight(patient.id);
}

function counted(ratings) {
  return ratings === 1 ? "1 rating" : `${ratings} ratings`;
}

function tell(text, wrong = false) {
  $("message").textContent = text;
  $("message").classList.toggle("wrong", wrong);
}

async function openFiles(files) {
  const told = [];
  let wrong = false;
  for (const file of files) {
    const result = take(await file.text());
    wrong ||= !result;
    told.push(result ? `${counted(result.taken)} taken${result.passed ? `, ${result.passed} lapsed or unknown` : ""}` : "no file of ratings: it lacks patient_id, rating or measured");
  }
  tell(told.join("; "), wrong);
  render();
}

$("search").addEventListener("input", () => { view.text = $("search").value; view.page = 0; render(); });
$("filter").addEventListener("change", () => { view.filter = $("filter").value; view.page = 0; render(); });
$("open").addEventListener("change", () => { openFiles([...$("open").files]); });
$("export").addEventListener("click", () => {
  const rows = exported();
  if (!rows.length) { tell("No patient is rated yet.", true); return; }
  download("ratings.csv", ratingsFile(rows));
  tell(`${counted(rows.length)} exported. Put ratings.csv into the cohort folder and run the workflow again.`);
});
for (const button of document.querySelectorAll("button[data-sort]")) {
  button.addEventListener("click", () => {
    const sort = /^\d+$/.test(button.dataset.sort) ? Number(button.dataset.sort) : button.dataset.sort;
    view.down = view.sort === sort && !view.down;
    view.sort = sort;
    view.page = 0;
    render();
  });
}
document.addEventListener("keydown", (event) => {
  const key = plainKey(event);
  const patient = byId.get(view.here);
  if (ratingOfKey(key) && patient) rate(patient, ratingOfKey(key));
  if (key === "n") step(1);
  if (key === "p") step(-1);
});
window.addEventListener("storage", () => {
  for (const patient of patients) patient.entry = remembered(patient.id, patient.measured) || patient.entry;
  render();
});
render();
