"""The rules of an unchanged configuration, for tests of what is measured."""

from __future__ import annotations

from pathlib import Path

from bonehold.configuration import checked_configuration
from bonehold.imaging.series_rules import SeriesRules, series_rules

SCHEMA = Path(__file__).resolve().parent.parent / "workflow" / "schemas" / "config.schema.yaml"

SERIES_RULES: SeriesRules = series_rules(checked_configuration({}, SCHEMA)["series"])
"""How a series is chosen where a group has changed nothing."""
