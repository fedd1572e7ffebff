"""Run the whole workflow in this folder and make its report: what `make run` does.

A run that was killed leaves a lock behind. It is taken away when, and only when, no Snakemake lives in this
folder any more; then what was unfinished is made.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import psutil
import yaml
from bonehold.tracking import run_in_progress


def main(cores: str, arguments: list[str]) -> int:
    """Unlock if need be, run Snakemake, make the report; gives the exit code."""
    here = Path.cwd()
    snakemake = [sys.executable, "-m", "snakemake"]
    if run_in_progress(here):
        if snakemake_lives_in(here):
            print("Another Snakemake is running in this folder; wait for it, or stop it.", file=sys.stderr)
            return 1
        subprocess.run([*snakemake, "--unlock", "--quiet", "all"], check=True)
    done = subprocess.run([*snakemake, "--cores", cores, *arguments], check=False).returncode
    if done == 0 and not arguments:
        report = Path(results_folder(), "report.html")
        subprocess.run([*snakemake, "--report", str(report), "--quiet", "all"], check=True)
        print(f"  Report:    {report}")
    return done


def snakemake_lives_in(folder: Path) -> bool:
    """Whether a Snakemake works in this folder. A job that outlived its Snakemake does no harm and does not count:
    what it still writes appears whole or not at all.
    """
    return any(
        process.info["cwd"] == str(folder)
        and "snakemake" in [Path(argument).name for argument in (process.info["cmdline"] or ())[:3]]
        for process in psutil.process_iter(["cmdline", "cwd"])
    )


def results_folder() -> str:
    """Where config.yaml puts the results."""
    configuration = yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8")) or {}
    return str(configuration.get("results", "results"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cores", default="2")
    known, rest = parser.parse_known_args()
    sys.exit(main(known.cores, rest))
