"""Make the sample cohort: a folder of made-up patients in the project's input format.

It holds every table of a cohort folder, and for some of the patients simulated CT and MRI with the annotations of
two readers. Nothing in it comes from a person. The same seed gives the same files.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from bonehold.problems import InputError, Problem
from bonehold.sample.cohort import IMAGED, cohort_files

SEED = 20260101
MARK = "truth.json"
"""A folder that holds this file was made here and may be replaced."""


def make_sample(out: Path, seed: int = SEED, imaged: int = IMAGED) -> str:
    """Write the sample cohort into a folder; an older sample there is replaced once the new one is whole.

    Args:
        out: the cohort folder.
        seed: of all random numbers.
        imaged: how many of the analysed patients have images.

    Returns:
        One line that says what was written.

    Raises:
        InputError: the folder exists and is not a sample cohort.
    """
    out = out.absolute()
    if out.exists() and not (out / MARK).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise InputError([Problem("--out", "exists and is not a sample cohort", "name a new folder")])
    unfinished = out.with_name(f".{out.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    files = size = 0
    for name, data in cohort_files(seed, imaged):
        path = unfinished / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        files, size = files + 1, size + len(data)
    if out.exists():
        shutil.rmtree(out)
    unfinished.rename(out)
    return f"sample cohort: {files} files, {size / 1e6:.0f} MB, seed {seed}, SYNTHETIC"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--out", type=Path, default=Path("sample"), help="the cohort folder (default: sample)"
    )
    parser.add_argument("--seed", type=int, default=SEED, help=f"any integer (default: {SEED})")
    options = parser.parse_args()
    try:
        print(make_sample(options.out, options.seed))
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
