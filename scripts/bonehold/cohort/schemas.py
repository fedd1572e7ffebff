"""The schemas of the input tables: what a cell may be, and the words for a cell that is not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker

SCHEMAS = Path(__file__).resolve().parents[3] / "workflow" / "schemas"
"""The folder of the schemas in this repository."""

LONGEST_SHOWN = 12
"""A wrong cell of more characters is not printed."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_DATE_LIKE = re.compile(
    r"\d{1,4}\s*[./-]\s*\d{1,2}\s*[./-]\s*\d{1,4}"  # 2024-03-15, 15.3.24
    r"|(?<![\d.])(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])(?!\d)"  # 20240315
)


@dataclass(frozen=True)
class CellFault:
    """What is wrong with a cell and what to do; `value` stays empty where it might identify someone."""

    problem: str
    remedy: str
    value: str


@dataclass(frozen=True)
class TableSchema:
    """The schema of a table's rows: the columns, those that must be filled, those that tell rows apart.

    `patterns` holds the schemas of columns that are known by the form of their names.
    """

    name: str
    properties: Mapping[str, Mapping[str, Any]]
    required: tuple[str, ...]
    unique: tuple[str, ...]
    patterns: Mapping[str, Mapping[str, Any]]

    def of(self, column: str) -> Mapping[str, Any]:
        """The schema of a column's cells; empty for a column that is not known."""
        matching = (schema for form, schema in self.patterns.items() if re.search(form, column))
        return self.properties.get(column) or next(matching, {})


def load_schema(name: str, folder: Path = SCHEMAS) -> dict[str, Any]:
    """The JSON Schema `<name>.schema.yaml`, checked to be one itself."""
    schema: dict[str, Any] = yaml.safe_load((folder / f"{name}.schema.yaml").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return schema


def load_table_schema(name: str, folder: Path = SCHEMAS) -> TableSchema:
    """The schema of the rows of `<name>.csv`."""
    schema = load_schema(name, folder)
    return TableSchema(
        schema["title"],
        schema["properties"],
        tuple(schema["required"]),
        tuple(schema["x-unique"]),
        schema.get("patternProperties", {}),
    )


class CellReader:
    """Turns the text cells of one column into values, or says what is wrong with them.

    Cells repeat a lot down a column (readers, 0/1, months), so each distinct text is judged once.
    """

    def __init__(self, schema: Mapping[str, Any], *, decimal_comma: bool) -> None:
        self._schema = schema
        self._decimal_comma = decimal_comma
        self._validator = Draft202012Validator(schema, format_checker=FormatChecker())
        self._known: dict[str, Any] = {}

    def read(self, text: str) -> Any:
        """The cell's value (None when empty, the schema's default if it has one), or a `CellFault`."""
        if text not in self._known:
            self._known[text] = self._judge(text)
        return self._known[text]

    def _judge(self, text: str) -> Any:
        if text == "":
            return self._schema.get("default")
        wanted = self._schema.get("type", "string")
        value: Any = text
        if wanted in ("number", "integer"):
            value = parse_number(text, decimal_comma=self._decimal_comma)
            if value is None:
                return self._fault("is not a number", text)
        if wanted == "integer" and value == int(value):
            value = int(value)
        if wanted == "integer" and not isinstance(value, int):
            return self._fault("is not a whole number", text)
        for error in self._validator.iter_errors(value):
            return self._fault(violation(error.validator, error.validator_value), text)
        return value

    def _fault(self, problem: str, text: str) -> CellFault:
        hidden = self._schema.get("x-private", False) or not _may_be_shown(text)
        return CellFault(problem, f"expected {expectation(self._schema)}", "" if hidden else text)


def parse_number(text: str, *, decimal_comma: bool) -> float | None:
    """A finite number written plainly, or None; a decimal comma only where the table uses one.

    >>> [parse_number(text, decimal_comma=True) for text in ("1,5", "-2.0", "1.234,5", "nan")]
    [1.5, -2.0, None, None]
    >>> parse_number("1,5", decimal_comma=False)
    """
    plain = text.replace(",", ".") if decimal_comma and text.count(",") == 1 and "." not in text else text
    if not _NUMBER.fullmatch(plain):
        return None
    value = float(plain)
    return value if abs(value) <= 1e300 else None


def _may_be_shown(text: str) -> bool:
    """Whether a wrong cell is too short to be words about a person, and no date."""
    return len(text) <= LONGEST_SHOWN and not any(map(str.isspace, text)) and not looks_like_date(text)


def looks_like_date(text: str) -> bool:
    """Whether a cell may be a date, which is never written or printed."""
    return bool(_DATE_LIKE.search(text))


def violation(validator: str, limit: Any) -> str:
    """In words, how a value breaks one keyword of its schema."""
    words = {
        "enum": "is not one of the allowed values",
        "minimum": f"is below {limit}",
        "exclusiveMinimum": f"is not above {limit}",
        "maximum": f"is above {limit}",
        "pattern": "does not have the form of such a code",
        "format": f"is not a {limit}",
        "type": "has the wrong type",
        "maxLength": f"is longer than {limit} characters",
    }
    return words.get(validator, f"breaks the rule '{validator}'")


def expectation(schema: Mapping[str, Any]) -> str:
    """In words, what a cell of a column may hold."""
    if "x-expected" in schema:
        return str(schema["x-expected"])
    if "enum" in schema:
        *first, last = [str(value) for value in schema["enum"]]
        return f"{', '.join(first)} or {last}"
    wanted = {"number": "a number", "integer": "a whole number"}.get(schema.get("type", ""), "text")
    unit = f" ({schema['x-unit']})" if "x-unit" in schema else ""
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum")
    bounds = "" if low is None or high is None else f" from {low} to {high}"
    return f"{wanted}{unit}{bounds}"


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name a misspelt one probably meant, or an empty text."""
    close = difflib.get_close_matches(name.lower(), sorted(known), n=1, cutoff=0.8)
    return close[0] if close else ""
