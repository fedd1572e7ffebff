"""Pages in a real Chromium, opened from the disk; whatever a page asks for or complains about is noticed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cohorts import write_cohort
from playwright.sync_api import BrowserContext, Page, sync_playwright
from project import Project, new_project

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
Open = Callable[[Path], Page]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser of the system."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("install Chromium: apt-get install chromium fonts-dejavu-core")
    return found


@pytest.fixture
def browser(chromium: str, tmp_path: Path) -> Iterator[BrowserContext]:
    """A browser that knows nothing yet."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=chromium,
            headless=True,
            args=[*ARGUMENTS],
            viewport={"width": 1300, "height": 900},
        )
        yield context
        context.close()


@pytest.fixture
def open_page(browser: BrowserContext) -> Iterator[Open]:
    """Opens a file; in the end no page may have complained, or asked for anything that is not on this disk."""
    complaints: list[str] = []

    def opened(path: Path) -> Page:
        page = browser.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith(("file:", "data:", "blob:"))
                else complaints.append(request.url)
            ),
        )
        page.goto(path.as_uri())
        return page

    yield opened
    assert complaints == []


@pytest.fixture(scope="session")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A measured cohort of 73 patients, three of them with images; IMG3 has a region outside the image and a small one.
    Not to be changed: copy it.
    """
    project = new_project(tmp_path_factory.mktemp("looked") / "project")
    write_cohort(project.cohort, imaged=("IMG1", "IMG2", "IMG3"))
    drawn = project.cohort / "annotations" / "IMG3"
    _edit(drawn / "R1" / "L3_body_middle.mrk.json", '"center": [20, 20, 4]', '"center": [20, 220, 4]')
    _edit(drawn / "R2" / "L3_trajectory_left.mrk.json", "[28.0, 13.0, 8.0]", "[28.0, 26.0, 8.0]")
    run = project.run("--", "measurements", "cohort")
    assert run.code == 0, run.output
    return project


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, text
    path.write_text(text.replace(old, new), encoding="utf-8")
