// One patient: outlines on and off, a picture enlarged, the rating.
const note = document.getElementById("note");
const large = document.getElementById("large");
const boxes = [...document.querySelectorAll("input[data-reader]")];
let entry = remembered(data.patient_id, data.measured) || { rating: "", note: "" };

function showRating() {
  for (const button of document.querySelectorAll("button[data-rating]")) {
    button.setAttribute("aria-pressed", String(button.dataset.rating === entry.rating));
  }
  note.value = entry.note;
  document.getElementById("export").disabled = !entry.rating;
}

function change(part) {
  entry = { ...entry, ...part };
  remember(data.patient_id, data.measured, entry);
  showRating();
}

function rate(rating) {
  change({ rating: entry.rating === rating ? "" : rating });
}

function showOutlines() {
  const shown = new Set(boxes.filter((box) => box.checked).map((box) => box.dataset.reader));
  for (const outline of document.querySelectorAll(".outline")) {
    outline.classList.toggle("hidden", !shown.has(outline.dataset.reader));
  }
}

function toggleOutlines() {
  const hide = boxes.some((box) => box.checked);
  for (const box of boxes) box.checked = !hide;
  showOutlines();
}

function enlarge(picture) {
  large.replaceChildren(picture.cloneNode(true));
  large.showModal();
}

for (const box of boxes) box.addEventListener("change", showOutlines);
for (const button of document.querySelectorAll("button[data-rating]")) {
  button.addEventListener("click", () => rate(button.dataset.rating));
}
for (const picture of document.querySelectorAll("main .picture")) {
  picture.addEventListener("click", () => enlarge(picture));
  picture.addEventListener("keydown", (event) => { if (event.key === "Enter") enlarge(picture); });
}
large.addEventListener("click", () => large.close());
note.addEventListener("input", () => change({ note: note.value }));
document.getElementById("export").addEventListener("click", () => {
  download(`rating_${data.patient_id}.csv`, ratingsFile([{ ...entry, patient_id: data.patient_id, measured: data.measured }]));
});
document.addEventListener("keydown", (event) => {
  const key = plainKey(event);
  if (ratingOfKey(key)) rate(ratingOfKey(key));
  if (key === "o") toggleOutlines();
});
window.addEventListener("storage", () => {
  entry = remembered(data.patient_id, data.measured) || entry;
  showRating();
});
showRating();
showOutlines(); // a browser keeps boxes as they were when a page is loaded again
