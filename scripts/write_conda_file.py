"""Write envs/bonehold.yaml, the conda environment of the rules, from the lock: the same versions, nothing else."""

from __future__ import annotations

import re
from pathlib import Path

ENVS = Path(__file__).resolve().parent.parent / "envs"
HEAD = """\
# Made from requirements.txt by `make lock`. For `snakemake --sdm conda`; `make run` does not need conda.
name: bonehold
channels: [conda-forge, nodefaults]
dependencies:
  - python=3.11
  - pip
  - pip:
"""
PIN = re.compile(r"^([A-Za-z0-9_.-]+==[^ \\]+)(?: ; (?P<marker>[^\\]+))?", re.MULTILINE)


def conda_file(lock: str) -> str:
    """The conda file for a lock: each pin that applies to Python 3.11, with its marker where it has one."""
    lines = []
    for pin in PIN.finditer(lock):
        marker = (pin["marker"] or "").strip()
        if "python_full_version >= '3.12'" not in marker:
            lines.append(f"      - {pin[1]}" + (f" ; {marker}" if marker else ""))
    return HEAD + "\n".join(f'      - "{line.strip()[2:]}"' for line in lines) + "\n"


if __name__ == "__main__":
    text = conda_file((ENVS / "requirements.txt").read_text(encoding="utf-8"))
    (ENVS / "bonehold.yaml").write_text(text, encoding="utf-8")
