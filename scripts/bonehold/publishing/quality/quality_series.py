"""The series of one patient in words: which were measured, and why not the others."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from bonehold.flag_words import explained, gravest_first


def chosen_series(series: Mapping[str, Any]) -> str:
    """A line each for the CT and the MR that were measured, with the reason.

    Args:
        series: the contents of series.json.
    """
    seen = {one["series"]: one for one in series.get("series", ())}
    chosen = "".join(
        _chosen(modality, choice, seen.get(choice["series"], {}))
        for modality, choice in series.get("chosen", {}).items()
    )
    return f'<dl class="chosen">{chosen}</dl>'


def series_table(series: Mapping[str, Any]) -> str:
    """Every series that was seen, with what became of it, folded away; nothing where none was.

    Args:
        series: the contents of series.json.
    """
    seen = series.get("series", ())
    if not seen:
        return ""
    return (
        f'<details class="series"><summary>All {len(seen)} series seen</summary><div class="scroll"><table><thead><tr>'
        "<th>No.</th><th>Series</th><th>Images</th><th>Verdict</th></tr></thead>"
        f"<tbody>{''.join(map(_row, seen))}</tbody></table></div></details>"
    )


def _chosen(modality: str, choice: Mapping[str, Any], one: Mapping[str, Any]) -> str:
    words = f"series {one['series_number']}, {_facts(one)}; " if one else ""
    override = "named by the group; " if choice.get("overridden") else ""
    chips = "".join(
        f'<span class="chip {flag.severity}" title="{escape(f"{flag.meaning} {flag.remedy}")}">'
        f"{escape(flag.words)}</span>"
        for flag in gravest_first(choice.get("drawbacks", ()))
    )
    reason = choice.get("reason") or ""
    return f"<dt>{escape(modality)}</dt><dd>{escape(words)}{override}{escape(reason)} {chips}</dd>"


def _row(one: Mapping[str, Any]) -> str:
    words = (
        "chosen"
        if one["chosen"]
        else f"refused: {', '.join(one['refused_because'])}"
        if one["refused_because"]
        else "not needed"
    )
    drawbacks = ", ".join(explained(name).words.lower() for name in one["drawbacks"])
    verdict = f"{words}; {drawbacks}" if drawbacks else words
    number = "–" if one.get("series_number") is None else str(one["series_number"])
    return (
        f'<tr class="{"chosen" if one["chosen"] else ""}"><td>{escape(number)}</td>'
        f"<td>{escape(_facts(one))}</td><td>{one['images']}</td><td>{escape(verdict)}</td></tr>"
    )


def _facts(one: Mapping[str, Any]) -> str:
    """What is known of how a series was made."""
    parts = [str(one.get("modality", "")), one.get("manufacturer")]
    parts += [f"{one[key]:g}{unit}" for key, unit in _NUMBERS if isinstance(one.get(key), int | float)]
    if one.get("kernel"):
        parts.append(f"kernel {one['kernel']}")
    if isinstance(one.get("tr"), int | float) and isinstance(one.get("te"), int | float):
        parts.append(f"TR {one['tr']:g}, TE {one['te']:g} ms")
    return " · ".join(part for part in parts if part)


_NUMBERS = (("kvp", " kVp"), ("field_t", " T"), ("slice_mm", " mm slices"), ("pixel_mm", " mm pixels"))
