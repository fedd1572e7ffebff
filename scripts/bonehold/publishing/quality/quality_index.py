"""`qc/index.html`: all patients on one page, what needs a look first, each against everybody's distribution."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bonehold.cohort.ratings import Rating
from bonehold.cohort.readers import COMBINED
from bonehold.flag_words import SEVERITIES, explained, gravest_first
from bonehold.publishing.tables.web_page import asset, web_page

STYLES = ("common.css", "index.css")
SCRIPTS = ("rating.js", "index_patients.js", "index.js")
MEASURES = (
    ("b_hu", "B-HU", 0),
    ("st_hu", "ST-HU", 0),
    ("hu_ratio", "HU ratio", 2),
    ("pbq", "PBQ", 2),
)
NOTHING = SEVERITIES.index("info")
"""Rank of a patient who needs no look, after those who do."""

Rows = Iterable[Mapping[str, str]]


@dataclass(frozen=True)
class IndexedPatient:
    """What the index shows of a patient.

    Attributes:
        patient_id: the group's own code.
        measured: code of the measurement, empty for a patient without images here.
        status: how measuring ended.
        reasons: why a measure is missing.
        level: where B-HU and ST-HU were measured.
        values: the four measures.
        flags: flag -> how often it was raised, the gravest first.
        rating: what the workflow read, if anything.
    """

    patient_id: str
    measured: str
    status: str
    reasons: str
    level: str
    values: tuple[float | None, ...]
    flags: Mapping[str, int]
    rating: Rating | None

    @property
    def rank(self) -> int:
        """Place of the gravest thing there is to say: 0 before all others. A missing measure is as grave as can be."""
        if self.status in ("unmeasurable", "error") or (self.measured and self.status == "partial"):
            return 0
        return min((SEVERITIES.index(explained(name).severity) for name in self.flags), default=NOTHING)


def patient_flags(measurements: Rows, readers: Rows) -> dict[str, dict[str, int]]:
    """Patient -> flag -> of how many regions it was raised (once where it is about a measure), the gravest first.

    Args:
        measurements: rows of measurements.csv.
        readers: rows of readers.csv.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in measurements:
        counts[row["patient_id"]].update(filter(None, row["flags"].split(";")))
    for row in readers:
        counts[row["patient_id"]] |= Counter(dict.fromkeys(filter(None, row["flags"].split(";")), 1))
    return {
        patient_id: {flag.name: times[flag.name] for flag in gravest_first(times)}
        for patient_id, times in counts.items()
    }


def indexed_patients(
    statuses: Mapping[str, Mapping[str, Any]],
    readers: Rows,
    flags: Mapping[str, Mapping[str, int]],
    ratings: Iterable[Rating],
) -> tuple[IndexedPatient, ...]:
    """All patients, those first who need a look, then those with pictures, then by id.

    Args:
        statuses: patient -> status, reasons and code of the measurement.
        readers: rows of readers.csv.
        flags: as `patient_flags` counts them.
        ratings: what the group decided so far.
    """
    combined = {row["patient_id"]: row for row in readers if row["reader"] == COMBINED}
    rated = {rating.patient_id: rating for rating in ratings}
    patients = (
        IndexedPatient(
            patient_id=patient_id,
            measured=one["measured"],
            status=one["status"],
            reasons="; ".join(dict.fromkeys(one["reasons"].values())).replace("_", " "),
            level=combined[patient_id]["level_used"],
            values=tuple(_value(combined[patient_id][name]) for name, _, _ in MEASURES),
            flags=flags.get(patient_id, {}),
            rating=rated.get(patient_id),
        )
        for patient_id, one in statuses.items()
    )
    return tuple(sorted(patients, key=lambda one: (one.rank, not one.measured, one.patient_id)))


def index_page(patients: Iterable[IndexedPatient], synthetic: bool) -> str:
    """The page; rows are made in the browser, fifty at a time, so that thousands of patients stay light.

    Args:
        patients: in the order in which they are shown.
        synthetic: whether the data are made up.
    """
    listed = tuple(patients)
    names = [flag.name for flag in gravest_first(name for one in listed for name in one.flags)]
    place = {name: number for number, name in enumerate(names)}
    data = {
        "measures": [{"name": words, "digits": digits} for _, words, digits in MEASURES],
        "severities": list(SEVERITIES),
        "flags": [_flag(name) for name in names],
        "patients": [_packed(one, place) for one in listed],
    }
    return web_page(
        "Quality control",
        _body(),
        style=asset(*STYLES),
        script=asset(*SCRIPTS),
        data=data,
        images="file: 'self'",
        synthetic=synthetic,
    )


def _flag(name: str) -> dict[str, str]:
    flag = explained(name)
    return {"words": flag.words, "severity": flag.severity, "meaning": f"{flag.meaning} {flag.remedy}"}


def _packed(one: IndexedPatient, place: Mapping[str, int]) -> list[Any]:
    """A patient as a list; `unpacked` in index.js gives the fields their names back."""
    rating = [one.rating.rating, one.rating.measured] if one.rating else []
    flags = [[place[name], times] for name, times in one.flags.items()]
    values = [None if value is None else float(f"{value:.4g}") for value in one.values]
    return [one.patient_id, one.measured, one.status, one.reasons, one.level, values, flags, one.rank, rating]


def _value(text: str) -> float | None:
    return float(text) if text else None


def _body() -> str:
    heads = "".join(
        f'<th class="number"><button type="button" data-sort="{number}">{words}</button></th>'
        for number, (_, words, _) in enumerate(MEASURES)
    )
    choices = "".join(
        f'<option value="{value}">{words}</option>'
        for value, words in (
            ("all", "All patients"),
            ("look", "To look at"),
            ("images", "With pictures"),
            ("unrated", "With pictures, not rated"),
            ("rated", "Rated"),
        )
    )
    return f"""<header class="bar"><h1>Quality control</h1>
<p id="count"></p>
<input id="search" type="search" placeholder="Search id or flag" aria-label="Search">
<select id="filter" aria-label="Show">{choices}</select>
<span class="file"><label class="button">Open ratings<input id="open" type="file" accept=".csv" multiple></label>
<button type="button" id="export">Export ratings.csv</button></span></header>
<p id="message" role="status"></p>
<main><div class="list"><table><thead><tr><th></th>
<th><button type="button" data-sort="id">Patient</button></th>
<th><button type="button" data-sort="rank" aria-pressed="true">Flags first</button></th>
{heads}<th>Rating</th></tr></thead>
<tbody id="rows"></tbody></table><nav id="pages" aria-label="Pages"></nav></div>
<aside><div id="aside" aria-live="polite"></div>
<p class="keys"><kbd>K</kbd> keep <kbd>R</kbd> redo <kbd>X</kbd> exclude <kbd>N</kbd> next <kbd>P</kbd> previous</p>
</aside></main>
<footer><p>Ratings stay in this browser until they are exported. Put <b>ratings.csv</b> into the cohort folder and run
the workflow again: <b>keep</b> is recorded, <b>exclude</b> and <b>redo</b> take the patient out of the analysis, and a
rating lapses when the patient is measured anew. If you have a ratings.csv with notes, open it first: notes are kept in
that file only. For research only, not for clinical decisions.</p></footer>"""
