// All patients as the index knows them: which are found and in which order, their ratings, and files of ratings.
const patients = data.patients.map(unpacked);
const byId = new Map(patients.map((patient) => [patient.id, patient]));
const view = { text: "", filter: "all", sort: "rank", down: false, page: 0, here: patients.length ? patients[0].id : "" };

function unpacked([id, measured, status, reasons, level, values, flags, rank, rating], place) {
  const known = rating.length > 0 && rating[1] === measured;
  const entry = remembered(id, measured) || { rating: known ? rating[0] : "", note: "" };
  return {
    recorded: known ? rating[0] : "",
    id, measured, status, reasons, level, values, rank, place, entry,
    lapsed: rating.length > 0 && !known ? { rating: rating[0], measured: rating[1] } : null,
    flags: flags.map(([number, times]) => ({ ...data.flags[number], times })),
  };
}

// --- which patients, in which order -------------------------------------------------------------------------

const FILTERS = {
  all: () => true,
  look: (patient) => patient.rank < 2 || (patient.lapsed !== null && !patient.entry.rating),
  images: (patient) => patient.measured !== "",
  unrated: (patient) => patient.measured !== "" && !patient.entry.rating,
  rated: (patient) => patient.entry.rating !== "",
};

function words(patient) {
  return [patient.id, patient.status, patient.reasons, patient.level, patient.entry.rating,
    ...patient.flags.map((flag) => flag.words)].join(" ").toLowerCase();
}

function ordered(listed) {
  if (view.sort === "rank") return view.down ? [...listed].reverse() : listed;
  const key = view.sort === "id" ? (patient) => patient.id : (patient) => patient.values[view.sort];
  const sign = view.down ? -1 : 1;
  return [...listed].sort((a, b) => {
    const [one, other] = [key(a), key(b)];
    if (one === other) return a.place - b.place;
    if (one === null || other === null) return one === null ? 1 : -1; // a missing value comes last either way
    return (one < other ? -1 : 1) * sign;
  });
}

function found() {
  const asked = view.text.toLowerCase().split(/\s+/).filter(Boolean);
  return ordered(patients.filter((patient) => {
    if (!FILTERS[view.filter](patient)) return false;
    const text = asked.length ? words(patient) : "";
    return asked.every((word) => text.includes(word));
  }));
}

// --- ratings ------------------------------------------------------------------------------------------------

function change(patient, part) {
  patient.entry = { ...patient.entry, ...part };
  remember(patient.id, patient.measured, patient.entry);
}

function exported() {
  return patients.flatMap((patient) => {
    const { id, measured, entry, lapsed } = patient;
    if (entry.rating) return [{ patient_id: id, rating: entry.rating, measured, note: entry.note }];
    return lapsed ? [{ patient_id: id, rating: lapsed.rating, measured: lapsed.measured, note: entry.note }] : [];
  });
}

/** Cells of a table with commas or semicolons; a cell in quotes may hold both. */
function parsed(text) {
  const separator = text.split("\n", 1)[0].includes(";") ? ";" : ",";
  const rows = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at], line = rows.at(-1);
    if (quoted && character === '"' && text[at + 1] === '"') { line[line.length - 1] += '"'; at += 1; }
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === separator) line.push("");
    else if (!quoted && character === "\n") rows.push([""]);
    else if (character !== "\r") line[line.length - 1] += character;
  }
  return rows.filter((line) => line.some((cell) => cell.trim()));
}

function take(text) {
  const [heads = [], ...lines] = parsed(text.replace(/^\uFEFF/, ""));
  const names = heads.map((head) => head.trim().toLowerCase());
  if (!["patient_id", "rating", "measured"].every((name) => names.includes(name))) return null;
  let taken = 0, passed = 0;
  for (const line of lines) {
    const cells = Object.fromEntries(names.map((name, place) => [name, (line[place] || "").trim()]));
    const patient = byId.get(cells.patient_id);
    if (!patient || !RATINGS.includes(cells.rating)) { passed += 1; continue; }
    if (cells.measured === patient.measured) { change(patient, { rating: cells.rating, note: cells.note || "" }); taken += 1; }
    else { patient.lapsed = { rating: cells.rating, measured: cells.measured }; change(patient, { note: cells.note || "" }); passed += 1; }
  }
  return { taken, passed };
}
