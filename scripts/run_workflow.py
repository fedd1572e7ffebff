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
from bonehold.publishing.closing import closing_lines
from bonehold.tracking import run_in_progress


def main(cores: str) -> int:
    """Unlock if need be, run Snakemake, make the report; gives the exit code."""
    here = Path.cwd()
    snakemake = [sys.executable, "-m", "snakemake"]
    if run_in_progress(here):
        if snakemake_lives_in(here):
            print("Another Snakemake is running in this folder; wait for it, or stop it.", file=sys.stderr)
            return 1
        subprocess.run([*snakemake, "--unlock", "--quiet", "all"], check=True)
    # The closing lines come after the report, which they name.
    done = subprocess.run([*snakemake, "--cores", cores, "--no-hooks"], check=False).returncode
    if done == 0:
        results = results_folder()
        report = str(results / "report.html")
        made = subprocess.run(
            [*snakemake, "--report", report, "--quiet", "all"], capture_output=True, text=True, check=False
        )
        print(closing_lines(results))
        if made.returncode:
            print(f"The report could not be made:\n{made.stderr}", file=sys.stderr)
            return made.returncode
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


def results_folder() -> Path:
    """Where config.yaml puts the results."""
    configuration = yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8")) or {}
    return Path(configuration.get("results", "results"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cores", default="2")
    try:
        sys.exit(main(parser.parse_args().cores))
    except KeyboardInterrupt:
        sys.exit("Stopped. What is finished is kept; say `make run` to go on.")
