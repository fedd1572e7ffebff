"""Write docs/configuration.md and docs/tables.md from the schemas, which are the one place where a key is described,
and docs/flags.md from the table of flags.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from bonehold.files import canonical_json
from bonehold.flag_words import KNOWN

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = ROOT / "workflow" / "schemas"
NOTE = "<!-- Made from workflow/schemas by `make docs`; edit the schemas. -->"
TABLES = ("patients", "visits", "readings", "reading_sessions", "measurements", "overrides", "ratings")


def configuration_page() -> str:
    """The reference of config.yaml."""
    schema = _schema("config")
    lines = [NOTE, "", "# Configuration", "", schema["description"], ""]
    lines += ["| key | default | meaning |", "|---|---|---|"]
    lines += [f"| `{key}` | {_default(part)} | {_meaning(part)} |" for key, part in _keys(schema)]
    return "\n".join(lines) + "\n"


def tables_page() -> str:
    """The reference of the input tables."""
    lines = [
        NOTE,
        "",
        "# Input tables",
        "",
        "Empty cells are missing values. `docs/cohort.md` tells how they are used.",
    ]
    cohort = _schema("cohort")
    lines += ["", "## cohort.yaml", "", cohort.get("description", ""), "", "| key | meaning |", "|---|---|"]
    lines += [f"| `{key}` | {_meaning(part)} |" for key, part in cohort["properties"].items()]
    for table in TABLES:
        schema = _schema(table)
        lines += ["", f"## {table}.csv", "", schema.get("description", ""), ""]
        lines += ["| column | needed | values | meaning |", "|---|---|---|---|"]
        needed = set(schema.get("required", ()))
        lines += [
            f"| `{key}` | {'yes' if key in needed else ''} | {_values(part)} | {_meaning(part)} |"
            for key, part in schema["properties"].items()
        ]
    return "\n".join(lines) + "\n"


def flags_page() -> str:
    """The reference of the flags."""
    lines = [
        "<!-- Made from scripts/bonehold/flag_words.py by `make docs`; edit that. -->",
        "",
        "# Flags",
        "",
        "What `flags` in `measurements.csv`, `readers.csv` and `status.csv` means. **warn**: a value is missing or "
        "probably wrong; **attention**: it may be off; **info**: worth knowing. `kvp` stands for `kvp_80`, "
        "`kvp_100` and so on.",
        "",
        "| flag | | on the pages | meaning | what to do |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{flag.name}` | {flag.severity} | {flag.words} | {flag.meaning} | {flag.remedy} |"
        for flag in KNOWN
    ]
    return "\n".join(lines) + "\n"


def _schema(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((SCHEMAS / f"{name}.schema.yaml").read_text(encoding="utf-8")))


def _keys(schema: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, part in schema["properties"].items():
        yield f"{prefix}{key}", part
        if "properties" in part:
            yield from _keys(part, f"{prefix}{key}.")
        if "properties" in part.get("items", {}):
            yield from _keys(part["items"], f"{prefix}{key}[].")


def _default(part: Mapping[str, Any]) -> str:
    if "properties" in part or "default" not in part:
        return ""
    return f"`{canonical_json(part['default'])}`".replace("|", "\\|")


def _meaning(part: Mapping[str, Any]) -> str:
    words = " ".join(str(part.get("description", "")).split())
    choices = f" One of {', '.join(f'`{value}`' for value in part['enum'])}." if "enum" in part else ""
    return (words + choices).replace("|", "\\|")


def _values(part: Mapping[str, Any]) -> str:
    kinds = part.get("type", "")
    kind = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    low, high = part.get("minimum"), part.get("maximum")
    limits = (
        f" {low} to {high}"
        if low is not None and high is not None
        else f" ≥ {low}"
        if low is not None
        else ""
    )
    unit = f" ({part['x-unit']})" if part.get("x-unit") else ""
    return f"{kind}{limits}{unit}"


def main() -> None:
    """Write the pages."""
    pages = {"configuration": configuration_page(), "tables": tables_page(), "flags": flags_page()}
    for name, page in pages.items():
        (ROOT / "docs" / f"{name}.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
