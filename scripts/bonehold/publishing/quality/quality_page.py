"""`qc.html`: every region of one patient on its own slice, what needs a look first, pictures above numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from bonehold.cohort.roi_readings import RoiReading
from bonehold.flag_words import SEVERITIES, QualityFlag, explained
from bonehold.publishing.quality.grey_pictures import Window, data_address, grey_levels, shrinkage
from bonehold.publishing.quality.quality_pictures import UNITS, picture
from bonehold.publishing.quality.quality_series import chosen_series, series_table
from bonehold.publishing.quality.quality_view import GROUPS, Finding, PatientView, RegionView
from bonehold.publishing.tables.formatting import rounded
from bonehold.publishing.tables.web_page import asset, web_page

STYLES = ("common.css", "patient.css")
SCRIPTS = ("rating.js", "patient.js")

_HEADINGS = {
    "body": "Vertebral body: B-HU",
    "trajectory": "Screw trajectories: ST-HU",
    "pedicle": "Pedicles on T1: PBQ",
    "csf": "CSF on T1: PBQ",
}
_MARKS = {"warn": "✕", "attention": "!", "info": "i", None: "✓"}
_MEASURES = (
    ("b_hu", "B-HU", "HU", 1),
    ("st_hu", "ST-HU", "HU", 1),
    ("hu_ratio", "HU ratio", "", 2),
    ("pedicle_si", "Pedicle signal", "SI", 1),
    ("csf_si", "CSF signal", "SI", 1),
    ("pbq", "PBQ score", "", 2),
)


def quality_page(
    view: PatientView,
    series: Mapping[str, Any],
    troubles: Sequence[str],
    windows: Mapping[str, Window],
    colours: Mapping[str, str],
    synthetic: bool,
) -> str:
    """The page of one patient.

    Args:
        view: what there is to see.
        series: the contents of series.json.
        troubles: lines on what kept regions from being drawn or files from being read.
        windows: modality -> darkest and brightest value shown.
        colours: reader -> colour.
        synthetic: whether the data are made up.
    """
    factor = shrinkage([section for region in view.regions for section in region.pictures])
    figures = _Figures(windows, colours, factor)
    first = sorted(
        (region for region in view.regions if region.to_look_at),
        key=lambda region: SEVERITIES.index(region.flags[0].severity),
    )
    groups = {
        group: [region for region in view.regions if region.group == group and region not in first]
        for group in GROUPS
    }
    body = "\n".join(
        [
            _bar(view, colours),
            '<main><div class="top">',
            _verdict(view, series, troubles),
            _measures(view, colours),
            "</div>",
            _cards("Look at these first", first, figures, "first"),
            '<div class="groups">',
            *(_cards(_HEADINGS[group], regions, figures, group) for group, regions in groups.items()),
            "</div>",
            series_table(series),
            _about(factor),
            "</main>",
            '<dialog id="large" aria-label="Enlarged picture"></dialog>',
        ]
    )
    return web_page(
        f"{view.patient_id}: measured regions",
        body,
        style=asset(*STYLES),
        script=asset(*SCRIPTS),
        data={"patient_id": view.patient_id, "measured": view.measured},
        images="data:",
        synthetic=synthetic,
    )


class _Figures:
    """Makes the pictures of a page, all with the same windows, colours and reduction."""

    def __init__(self, windows: Mapping[str, Window], colours: Mapping[str, str], factor: int) -> None:
        self.windows = windows
        self.colours = colours
        self._factor = factor

    def of(self, region: RegionView) -> str:
        """The pictures of one region."""
        return "".join(
            picture(
                section,
                data_address(grey_levels(section.image, self.windows[section.modality], self._factor)),
                self._factor,
                self.colours,
            )
            for section in region.pictures
        )


def _bar(view: PatientView, colours: Mapping[str, str]) -> str:
    """What stays in sight: who, the verdict, readers to show or hide, the rating."""
    readers = "".join(
        f'<label class="reader"><input type="checkbox" checked data-reader="{escape(reader)}">'
        f"{_dot(colour)}{escape(reader)}</label>"
        for reader, colour in colours.items()
    )
    ratings = "".join(
        f'<button type="button" data-rating="{rating}" aria-pressed="false"><kbd>{key}</kbd> {words}</button>'
        for rating, key, words in (("keep", "K", "Keep"), ("redo", "R", "Redo"), ("exclude", "X", "Exclude"))
    )
    grade = view.severity or "ok"
    return (
        f'<header class="bar"><strong class="who">{escape(view.patient_id)}</strong>'
        f'<span class="mark {grade}" title="{escape(view.headline)}">{_MARKS[view.severity]}</span>'
        f'<fieldset class="readers"><legend>Outlines</legend><span><kbd>O</kbd> Outlines</span>{readers}</fieldset>'
        f'<fieldset class="rating"><legend>Rating</legend>{ratings}'
        '<input id="note" type="text" maxlength="200" placeholder="note (stays in your file)" aria-label="Note">'
        '<button type="button" id="export">Download</button></fieldset></header>'
    )


def _verdict(view: PatientView, series: Mapping[str, Any], troubles: Sequence[str]) -> str:
    """The headline, each finding with what it means and what to do, and the series that were measured."""
    grave = [_line("warn", f"No {name}", escape(reason)) for name, reason in view.lost]
    grave += [_finding(one) for one in view.findings if one.flag.severity != "info"]
    known = [_finding(one) for one in view.findings if one.flag.severity == "info"]
    known += [_line("info", "Told while measuring", escape(line)) for line in troubles]
    readers = len({one.reader for one in view.measures.readings})
    measured = sum(one.usable for one in view.measures.readings)
    count = f"{measured} regions measured, {readers} {'reader' if readers == 1 else 'readers'}"
    opened = "" if grave else " open"
    return (
        f'<section class="verdict {view.severity or "ok"}"><h1>{_MARKS[view.severity]} {escape(view.headline)}</h1>'
        f"<p>{count}</p>"
        + (f"<ul>{''.join(grave)}</ul>" if grave else "")
        + (
            f"<details{opened}><summary>Worth knowing</summary><ul>{''.join(known)}</ul></details>"
            if known
            else ""
        )
        + f"{chosen_series(series)}</section>"
    )


def _line(severity: str, words: str, html: str) -> str:
    return f'<li class="finding {severity}"><b>{escape(words)}</b><span>{html}</span></li>'


def _finding(one: Finding) -> str:
    places = f"<i>{escape(', '.join(one.places))}</i> " if one.places else ""
    words = f"{places}{escape(one.flag.meaning)} <em>{escape(one.flag.remedy)}</em>"
    return _line(one.flag.severity, one.flag.words, words)


def _measures(view: PatientView, colours: Mapping[str, str]) -> str:
    """The derived measures of each reader beside each other and combined."""
    measures = view.measures
    readers = list(measures.readers)
    heads = "".join(f"<th>{_dot(colours.get(reader, ''))}{escape(reader)}</th>" for reader in readers)
    rows = []
    for name, words, unit, digits in _MEASURES:
        own = [
            measures.ratios[reader].value if name == "hu_ratio" else getattr(measures.readers[reader], name)
            for reader in readers
        ]
        combined = measures.ratio.value if name == "hu_ratio" else getattr(measures.combined, name)
        cells = "".join(f"<td>{_number(value, digits)}</td>" for value in own)
        result = "result" if name in ("hu_ratio", "pbq") else ""
        rows.append(
            f'<tr class="{result}"><th scope="row">{words}{f" <small>{unit}</small>" if unit else ""}</th>'
            f'<td class="combined">{_number(combined, digits)}</td>{cells}'
            f"<td>{_difference(own, digits)}</td></tr>"
        )
    levels = " · ".join(
        f"{what} at {escape(level.name)} ({escape(level.reason)})"
        for what, level in (("CT", measures.level), ("CSF", measures.csf_level))
        if level.name
    )
    return (
        '<section class="measures"><table><thead><tr><th></th><th>Combined</th>'
        f"{heads}<th>{_spread_name(len(readers))}</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"
        f"<p>{levels}</p></section>"
    )


def _cards(heading: str, regions: Sequence[RegionView], figures: _Figures, name: str) -> str:
    if not regions:
        return ""
    shown = "".join(_card(region, figures) for region in regions)
    sight = {region.pictures[0].modality for region in regions if region.pictures}
    stated = ", ".join(
        f"{modality} {figures.windows[modality][0]:.0f} to {figures.windows[modality][1]:.0f} {UNITS[modality]}"
        for modality in sorted(sight)
    )
    window = f" <small>window {stated.replace('-', '−')}</small>" if stated else ""
    return (
        f'<section class="group {name}"><h2>{heading}{window}</h2><div class="cards">{shown}</div></section>'
    )


def _card(region: RegionView, figures: _Figures) -> str:
    chips = "".join(_chip(flag) for flag in region.flags)
    unused = "" if region.used else '<span class="unused">not used: another level serves</span>'
    pictures = figures.of(region)
    several = len(region.pictures) > 1
    apart = '<p class="apart">The readers drew on different slices.</p>' if several else ""
    grade = region.flags[0].severity if region.flags else "ok"
    return (
        f'<article class="card {grade}" id="{escape(region.roi)}"><h3>{escape(region.title)}{unused}</h3>'
        f"{f'<p class=chips>{chips}</p>' if chips else ''}"
        f'<div class="pictures n{len(region.pictures)}">{pictures or "<p class=none>no picture</p>"}</div>{apart}'
        f"{_numbers(region, figures.colours)}</article>"
    )


def _numbers(region: RegionView, colours: Mapping[str, str]) -> str:
    unit = UNITS[region.readings[0].modality]
    rows = "".join(_reading_row(one, colours) for one in region.readings)
    means = [one.mean for one in region.readings if one.usable]
    apart = _difference(means, 1)
    line = f"<p class=apart>{_spread_name(len(means))} <b>{apart}</b> {unit}</p>" if apart != "–" else ""
    return (
        f"<table><thead><tr><th></th><th>mean {unit}</th><th>SD</th><th>n</th><th>mm²</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>{line}"
    )


def _reading_row(one: RoiReading, colours: Mapping[str, str]) -> str:
    head = f'<th scope="row">{_dot(colours.get(one.reader, ""))}{escape(one.reader)}</th>'
    own = ", ".join(flag.words for flag in (explained(name) for name in one.flags) if flag.scope != "series")
    if one.mean is None:
        words = one.reason if one.reason and one.reason != "missing" else own
        return f'<tr class="lost">{head}<td colspan="4">{escape(words or "not measured")}</td></tr>'
    cells = "".join(
        f"<td>{_number(value, digits)}</td>"
        for value, digits in ((one.mean, 1), (one.sd, 1), (one.n, 0), (one.area_mm2, 0))
    )
    return f'<tr class="{"" if one.usable else "lost"}">{head}{cells}</tr>' + (
        f'<tr class="flags"><td></td><td colspan="4">{escape(own)}</td></tr>' if own else ""
    )


def _chip(flag: QualityFlag) -> str:
    words = escape(f"{flag.meaning} {flag.remedy}", quote=True)
    return f'<span class="chip {flag.severity}" title="{words}">{escape(flag.words)}</span>'


def _about(factor: int) -> str:
    smaller = f" Pictures are shown at 1/{factor} of their resolution." if factor > 1 else ""
    return (
        "<footer><p>Pictures are single slices at their true spacing, seen as radiologists do: the patient's right is "
        f"on the left of an axial slice. Click a picture to enlarge it.{smaller} Numbers are of this patient's images "
        "alone; values from a PACS and the comparison with the cohort stand in the index.</p>"
        "<p>Keys: <kbd>K</kbd> keep, <kbd>R</kbd> redo, <kbd>X</kbd> exclude, <kbd>O</kbd> outlines. A rating stays in "
        "this browser until it is downloaded; open the file in the index to join it with the others. For research "
        "only, not for clinical decisions.</p></footer>"
    )


def _difference(values: Sequence[float | None], digits: int) -> str:
    """Between two readers, the first less the second; among more, the widest."""
    given = [value for value in values if value is not None]
    if len(given) < 2:
        return "–"
    if len(given) > 2:
        return _number(max(given) - min(given), digits)
    text = _number(given[0] - given[1], digits)
    if not any(digit in text for digit in "123456789"):
        return text.removeprefix("−")
    return text if text.startswith("−") else f"+{text}"


def _spread_name(readers: int) -> str:
    return "Difference" if readers <= 2 else "Range"


def _number(value: float | None, digits: int) -> str:
    return rounded("" if value is None else repr(value), digits)


def _dot(colour: str) -> str:
    """A reader's colour; none for a reader of whom nothing is drawn."""
    return (
        f'<svg class="dot" viewBox="0 0 10 10" aria-hidden="true"><circle cx="5" cy="5" r="4.5" fill="{colour}"/></svg>'
        if colour
        else ""
    )
