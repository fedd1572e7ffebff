"""Columns of patients.csv that Bonehold does not know: predictors, unless they may identify someone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from bonehold.cohort.csv_tables import CsvTable
from bonehold.cohort.schemas import looks_like_date, parse_number
from bonehold.problems import Problem

MOST_CATEGORIES = 20
_CODE = re.compile(r"\w[\w ./<>=+-]{0,31}")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_HOSPITAL_NUMBER = re.compile(r"\d{5,}")
_IDENTIFYING = re.compile(
    r"(^|_)(id|ids|pid|mrn|ssn|case|cases|accession|initials"
    r"|name|names|surname|firstname|lastname|forename|birth|birthday|birthdate|dob"
    r"|surgeon|physician|doctor|operator|radiologist|hospital|institution"
    r"|address|street|zip|postcode|phone|telephone|mobile|fax|email|mail"
    r"|date|remark|remarks|comment|comments|note|notes)(_|$)"
)


def extra_columns(
    table: CsvTable, known: Iterable[str], computed: Collection[str]
) -> tuple[dict[str, Mapping[str, Any]], list[Problem]]:
    """Schemas of the unknown columns that can be kept, and a note for each that cannot.

    A column of numbers is kept as numbers, one of a few short codes as text. Free text, dates, long numbers that
    differ in every patient and columns whose names speak of a person are dropped: results hold nothing that could
    identify a patient. Names that a model's formula could not hold are not used either.

    Args:
        table: patients.csv as read.
        known: columns with a schema.
        computed: columns that the cohort table computes, which no input column may stand for.

    Returns:
        column -> schema of its cells; the notes.
    """
    kept: dict[str, Mapping[str, Any]] = {}
    notes = []
    known = set(known)
    for column in table.columns:
        if column in known:
            continue
        texts = [row.cells[column] for row in table.rows if row.cells.get(column) and not row.fault]
        reason = _unfit(column, texts)
        if column in computed:
            advice = "give it in measurements.csv, readings.csv or visits.csv"
            notes.append(Problem(table.name, "is computed, so the column is not used", advice, column=column))
        elif reason:
            notes.append(
                Problem(
                    table.name,
                    f"{reason}, so the column is not used",
                    "rename or recode it if it is a predictor",
                    column=column,
                )
            )
        elif all(parse_number(text, decimal_comma=table.decimal_comma) is not None for text in texts):
            kept[column] = {"type": "number"}
        elif _is_category(texts):
            kept[column] = {"type": "string"}
        else:
            notes.append(
                Problem(
                    table.name,
                    "holds neither numbers nor a few repeated short codes, so the column is not used",
                    "recode it if it is a predictor",
                    column=column,
                )
            )
    return kept, notes


def _unfit(column: str, texts: list[str]) -> str:
    if not _HEADER.fullmatch(column):
        return "the name holds more than letters, digits and _, or does not begin with a letter"
    if _IDENTIFYING.search(re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column).lower())):
        return "the name may stand for something that identifies a patient"
    if any(looks_like_date(text) for text in texts):
        return "holds what looks like dates"
    if texts and len(set(texts)) == len(texts) and all(map(_HOSPITAL_NUMBER.fullmatch, texts)):
        return "holds long numbers that differ in every row, as a hospital's do"
    return ""


def _is_category(texts: list[str]) -> bool:
    distinct = set(texts)
    return len(distinct) <= min(MOST_CATEGORIES, len(texts) / 2) and all(
        _CODE.fullmatch(text) for text in distinct
    )
