"""The same input, configuration and seed give the same bytes at any core count."""

from __future__ import annotations

from pathlib import Path

from project import Project


def contents(project: Project) -> dict[str, bytes]:
    """Every result but logs."""
    return {
        str(path.relative_to(project.results)): path.read_bytes()
        for path in sorted(project.results.rglob("*"))
        if path.is_file() and "logs" not in path.parts
    }


def test_one_core_or_two(finished: Project, tmp_path: Path) -> None:
    one = finished.copy_to(tmp_path / "one")
    run = one.run("--forceall", cores=1)
    assert run.code == 0, run.output
    assert sum(run.executed.values()) == len(finished._logs())
    first, second = contents(finished), contents(one)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    assert "primary/figures/nomogram.pdf" in first and "cohort/cohort.parquet" in first


def test_no_result_tells_time_host_or_path(finished: Project) -> None:
    secrets = [str(finished.folder).encode(), b"Canary", b"2.25."]
    for name, data in contents(finished).items():
        for secret in secrets:
            assert secret not in data, (name, secret)
