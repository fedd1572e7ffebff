"""Fail when status.csv holds an `error` or an analysis without a model: for scripts that watch a cohort grow."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml
from bonehold.files import read_csv


def main() -> int:
    """Print the rows that need somebody's attention; gives the exit code."""
    configuration = yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8")) or {}
    status = Path(configuration.get("results", "results"), "status.csv")
    if not status.is_file():
        print(f"{status} does not exist; run the workflow first", file=sys.stderr)
        return 1
    bad = [row for row in read_csv(status) if row["status"] in ("error", "not_fitted")]
    for row in bad:
        print(f"{row['patient_id'] or row['stage']}: {row['status']}; {row['reason']}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
