"""The condition that selects an analysis' patients: `ads == 0 and (age >= 65 or sex == "F")`.

It is parsed into a small tree and never run as code. Grammar, `and` binding closer than `or`:

    either     = both { "or" both }
    both       = single { "and" single }
    single     = "(" either ")" | comparison
    comparison = column ("==" | "!=" | "<" | "<=" | ">" | ">=") (number | "text" | 'text')
    column     = name | `name`

A name that holds anything but letters, digits and `_`, or is `and` or `or`, stands in backquotes: `` `T-score` < -1 ``.
"""

from __future__ import annotations

import operator
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bonehold.modelling.inputs.levels import level_text, number

DEEPEST = 50
"""Parentheses inside parentheses; nobody needs more, and a hostile text must not exhaust the stack."""

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![A-Za-z_0-9.]))
      | (?P<text>"[^"]*"|'[^']*')
      | `(?P<column>[^`]+)`
      | (?P<name>[^\W\d]\w*)
      | (?P<operator>==|!=|<=|>=|<|>)
      | (?P<parenthesis>[()])
    )""",
    re.VERBOSE,
)
_PLAIN_NAME = re.compile(r"(?!(?:and|or)$)[^\W\d]\w*")


class WhereError(ValueError):
    """A condition that cannot be read; its text says where and what was expected."""


class Condition(ABC):
    """A condition on one patient's row."""

    @abstractmethod
    def holds(self, row: Mapping[str, str]) -> bool:
        """Whether it is true of a row of text cells (empty = missing)."""

    @abstractmethod
    def columns(self) -> frozenset[str]:
        """The columns it looks at."""


@dataclass(frozen=True)
class Comparison(Condition):
    """A column against a number or a text.

    Against a number the cell counts as a number; a cell that is none differs from every number and has no
    order. Against a text it counts as a level (`"4"` is also `4.0`). A missing cell makes any comparison
    false.
    """

    column: str
    operator: str
    value: float | str

    def holds(self, row: Mapping[str, str]) -> bool:
        """Whether it is true of a row of text cells."""
        cell = row[self.column].strip()
        if not cell:
            return False
        if isinstance(self.value, str):
            return _OPERATORS[self.operator](level_text(cell), level_text(self.value))
        value = number(cell)
        if value is None:
            return self.operator == "!="
        return _OPERATORS[self.operator](value, self.value)

    def columns(self) -> frozenset[str]:
        """The one column."""
        return frozenset({self.column})

    def __str__(self) -> str:
        column = self.column if _PLAIN_NAME.fullmatch(self.column) else f"`{self.column}`"
        if isinstance(self.value, str):
            quote = "'" if '"' in self.value else '"'
            return f"{column} {self.operator} {quote}{self.value}{quote}"
        return f"{column} {self.operator} {self.value!r}"


@dataclass(frozen=True)
class Both(Condition):
    """Two conditions joined by `and`."""

    left: Condition
    right: Condition

    def holds(self, row: Mapping[str, str]) -> bool:
        """Whether both are true of the row."""
        return self.left.holds(row) and self.right.holds(row)

    def columns(self) -> frozenset[str]:
        """The columns of both."""
        return self.left.columns() | self.right.columns()

    def __str__(self) -> str:
        return f"({self.left} and {self.right})"


@dataclass(frozen=True)
class Either(Condition):
    """Two conditions joined by `or`."""

    left: Condition
    right: Condition

    def holds(self, row: Mapping[str, str]) -> bool:
        """Whether at least one is true of the row."""
        return self.left.holds(row) or self.right.holds(row)

    def columns(self) -> frozenset[str]:
        """The columns of both."""
        return self.left.columns() | self.right.columns()

    def __str__(self) -> str:
        return f"({self.left} or {self.right})"


def parse(text: str) -> Condition:
    """Read a condition.

    Args:
        text: for example `ads == 0 and terminal_segment != "S1"`.

    Returns:
        The condition as a tree.

    Raises:
        WhereError: it cannot be read; one line with the position (from 1) and what was expected.

    >>> parse('ads == 0 or sex == "F"').holds({"ads": "0.0", "sex": ""})
    True
    """
    return _Parser(text, _tokens(text)).whole()


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    position: int


def _tokens(text: str) -> tuple[_Token, ...]:
    tokens = []
    end = 0
    while text[end:].strip():
        match = _TOKEN.match(text, end)
        if match is None or match.lastgroup is None:
            start = end + len(text[end:]) - len(text[end:].lstrip())
            raise WhereError(_message(text, start, f"{text[start]!r} is not understood", _hint(text[start])))
        tokens.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        end = match.end()
    return (*tokens, _Token("end", "the end", len(text)))


def _hint(character: str) -> str:
    if character == "=":
        return "write == for equal"
    if character in "\"'`":
        return "the quotation mark is never closed"
    return "expected a column name, == != < <= > >=, a number, quoted text, and, or, parentheses"


def _message(text: str, start: int, found: str, expected: str) -> str:
    return f"where {text!r}: at character {start + 1} {found}; {expected}"


class _Parser:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str, tokens: tuple[_Token, ...]) -> None:
        self._text = text
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def whole(self) -> Condition:
        condition = self._either()
        if self._token.kind != "end":
            raise self._unexpected("expected and, or, or the end")
        return condition

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _either(self) -> Condition:
        condition = self._both()
        while self._word("or"):
            condition = Either(condition, self._both())
        return condition

    def _both(self) -> Condition:
        condition = self._single()
        while self._word("and"):
            condition = Both(condition, self._single())
        return condition

    def _single(self) -> Condition:
        if self._token.text != "(" or self._token.kind != "parenthesis":
            return self._comparison()
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._unexpected(f"expected at most {DEEPEST} nested parentheses")
        self._next += 1
        condition = self._either()
        if self._token.text != ")" or self._token.kind != "parenthesis":
            raise self._unexpected("expected and, or, or )")
        self._next += 1
        self._depth -= 1
        return condition

    def _comparison(self) -> Condition:
        column = self._take(("name", "column"), "expected a column name or (")
        sign = self._take(("operator",), f"expected == != < <= > or >= after {column}")
        value = self._token
        if value.kind not in ("number", "text"):
            raise self._unexpected(f"expected a number or quoted text after {sign}")
        self._next += 1
        return Comparison(column, sign, float(value.text) if value.kind == "number" else value.text[1:-1])

    def _word(self, word: str) -> bool:
        found = self._token.kind == "name" and self._token.text == word
        self._next += found
        return found

    def _take(self, kinds: tuple[str, ...], expected: str) -> str:
        token = self._token
        if token.kind not in kinds or (token.kind == "name" and token.text in ("and", "or")):
            raise self._unexpected(expected)
        self._next += 1
        return token.text

    def _unexpected(self, expected: str) -> WhereError:
        token = self._token
        found = "the text ends" if token.kind == "end" else f"stands {token.text!r}"
        return WhereError(_message(self._text, token.position, found, expected))
