"""Tables as one page that a browser shows and a word processor pastes: no scripts, nothing from outside."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bonehold.publishing.figures.style import SYNTHETIC_NOTE
from bonehold.publishing.tables.table import Table

STYLE = """
body { font: 14px/1.45 sans-serif; margin: 2em auto; max-width: 72em; padding: 0 1em; color: #111; background: #fff; }
table { border-collapse: collapse; border-top: 2px solid #111; border-bottom: 2px solid #111; margin: .4em 0; }
th { text-align: left; border-bottom: 1px solid #111; }
td, th { padding: .18em 1.2em .18em 0; vertical-align: top; }
td { font-variant-numeric: tabular-nums; }
td.level { padding-left: 1.4em; }
.notes { font-size: 12px; color: #444; margin: 0 0 2.2em; }
.synthetic { color: #b04a00; font-weight: bold; }
.scroll { overflow-x: auto; }
"""


def tables_page(title: str, tables: Sequence[Table], reasons: Sequence[str], synthetic: bool) -> str:
    """The page.

    Args:
        title: its heading.
        tables: what it shows, in order; those without rows are left out.
        reasons: why there is no model, if there is none.
        synthetic: whether the data are simulated.
    """
    note = f'<p class="synthetic">{escape(SYNTHETIC_NOTE)}</p>' if synthetic else ""
    why = "".join(f"<li>{escape(reason)}</li>" for reason in reasons)
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>{note}",
        f"<p>No model could be fitted:</p><ul>{why}</ul>" if why else "",
        *(_table(table) for table in tables if table.rows),
        note,
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _table(table: Table) -> str:
    heads = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    rows = "\n".join(f"<tr>{_cells(row)}</tr>" for row in table.rows)
    notes = " ".join(escape(note) for note in table.notes)
    return (
        f'<h2>{escape(table.title)}</h2>\n<div class="scroll"><table>\n<thead><tr>{heads}</tr></thead>\n'
        f'<tbody>\n{rows}\n</tbody></table></div>\n<p class="notes">{notes}</p>'
    )


def _cells(row: Sequence[str]) -> str:
    first, *rest = row
    opening = '<td class="level">' if first.startswith(" ") else "<td>"
    return f"{opening}{escape(first.strip())}</td>" + "".join(f"<td>{escape(cell)}</td>" for cell in rest)
