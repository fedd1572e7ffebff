"use strict";
// What both pages share: ratings, where they are kept, and the file that the workflow reads.

const RATINGS = ["keep", "redo", "exclude"];
const COLUMNS = ["patient_id", "rating", "measured", "note"];
const data = JSON.parse(document.getElementById("data").textContent);

/** The rating that a key stands for; none while somebody writes, or when the browser is meant. */
function plainKey(event) {
  const written = event.target instanceof Element && event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (written || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.repeat) return "";
  return event.key.toLowerCase();
}

function ratingOfKey(key) {
  return { k: "keep", r: "redo", x: "exclude" }[key] || "";
}

// The measurement is part of the name, so a rating is never taken for one of a later measurement.
function storageName(patient, measured) {
  return `bonehold rating ${patient} ${measured}`;
}

/** What this browser remembers of a measurement, or null; a browser may refuse to remember. */
function remembered(patient, measured) {
  try {
    return JSON.parse(localStorage.getItem(storageName(patient, measured)));
  } catch {
    return null;
  }
}

function remember(patient, measured, entry) {
  try {
    localStorage.setItem(storageName(patient, measured), JSON.stringify(entry));
  } catch {
    // kept in the page alone, until it is downloaded
  }
}

/** A cell of the file: on one line, and nothing that a spreadsheet would run. */
function csvCell(text) {
  const line = String(text).replace(/[\r\n\t]+/g, " ").trim();
  const safe = /^[=+\-@]/.test(line) ? `'${line}` : line;
  return /[",;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function ratingsFile(rows) {
  return [COLUMNS, ...rows.map((row) => COLUMNS.map((column) => row[column] || ""))]
    .map((cells) => cells.map(csvCell).join(",") + "\n").join("");
}

function download(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
