"""`qc.html` as its reader uses it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from project import Project

Open = Callable[[Path], Page]


@pytest.fixture
def page(looked_at: Project, open_page: Open) -> Page:
    return open_page(looked_at.results / "patients" / "IMG3" / "qc.html")


def pressed(page: Page) -> list[str]:
    return [
        str(button.get_attribute("data-rating"))
        for button in page.locator("button[data-rating][aria-pressed=true]").all()
    ]


def test_what_is_wrong_is_seen_first(page: Page) -> None:
    expect(page.locator("h1")).to_contain_text("2 regions to look at")
    expect(page.locator(".verdict")).to_contain_text("R1 L3 body middle (lies outside the image)")
    first = page.locator("article").nth(0)
    expect(first.locator("h3")).to_have_text("L3 body middle")
    expect(first.locator(".chip")).to_have_text("Refused")
    expect(first.locator("tr.lost")).to_contain_text("lies outside the image")
    expect(page.locator("article").nth(1).locator(".chip").first).to_have_text("Small region")
    assert page.locator("article").count() == 14
    assert page.locator("article h3").all_inner_texts().count("L3 body middle") == 1


def test_each_picture_states_what_it_needs(page: Page) -> None:
    pictures = page.locator("article svg.picture")
    assert pictures.count() == 14
    for picture in pictures.all():
        letters = picture.locator(".letters text").all_text_contents()
        assert letters[:4] in (["R", "L", "A", "P"], ["A", "P", "H", "F"]) and letters[4].startswith("L")
        expect(picture.locator(".scale text")).to_have_text("20 mm")
    expect(page.locator(".group.body h2")).to_contain_text("window CT −120 to 500 HU")
    box = page.locator("article image").first.bounding_box()
    assert box is not None and box["width"] > 150 and box["height"] == pytest.approx(box["width"], rel=0.01)


def test_the_policy_lets_the_pictures_of_the_page_be_seen(page: Page) -> None:
    loaded = page.evaluate(
        """async () => Promise.all([...document.querySelectorAll('svg.picture image')].map(async (image) => {
            const copy = new Image(); copy.src = image.getAttribute('href'); await copy.decode();
            return copy.naturalWidth; }))"""
    )
    assert len(loaded) == 14 and min(loaded) > 20


def test_outlines_of_each_reader_come_and_go(page: Page) -> None:
    card = page.locator("#L1_pedicle_left")
    first, second = (card.locator(f'.outline[data-reader="{reader}"]') for reader in ("R1", "R2"))
    expect(first).to_be_visible()
    page.get_by_role("checkbox", name="R1").uncheck()
    expect(first).to_be_hidden()
    expect(second).to_be_visible()
    page.keyboard.press("o")
    expect(second).to_be_hidden()
    page.keyboard.press("o")
    expect(first).to_be_visible()
    expect(second).to_be_visible()


def test_keys_rate_and_leave_the_browser_its_own(page: Page) -> None:
    assert pressed(page) == []
    page.keyboard.press("k")
    assert pressed(page) == ["keep"]
    for shortcut in ("Control+k", "Alt+x", "Meta+r", "Shift+x"):
        page.keyboard.press(shortcut)
        assert pressed(page) == ["keep"], shortcut
    page.get_by_label("Note").fill("")
    page.get_by_label("Note").type("xrk, redo or exclude?")
    assert pressed(page) == ["keep"]
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("r")
    assert pressed(page) == ["redo"]
    page.keyboard.press("r")
    assert pressed(page) == []


def test_a_rating_is_remembered_and_downloaded(page: Page, looked_at: Project) -> None:
    measured = looked_at.json("cohort", "measured.json")["patients"]["IMG3"]["measured"]
    page.keyboard.press("x")
    page.get_by_label("Note").fill('=1+1, "too" large')
    page.reload()
    assert pressed(page) == ["exclude"]
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "rating_IMG3.csv"
    assert download.value.path().read_text() == (
        f'patient_id,rating,measured,note\nIMG3,exclude,{measured},"\'=1+1, ""too"" large"\n'
    )


def test_a_picture_is_enlarged_and_closed(page: Page) -> None:
    picture = page.locator("#L3_csf svg.picture")
    picture.click()
    large = page.locator("dialog svg.picture")
    expect(large).to_be_visible()
    box = large.bounding_box()
    assert box is not None and box["width"] > 600
    page.keyboard.press("Escape")
    expect(large).to_be_hidden()


def test_it_is_small_and_asks_nothing(looked_at: Project) -> None:
    for path in looked_at.results.glob("patients/*/qc.html"):
        text = path.read_text(encoding="utf-8")
        assert path.stat().st_size < 2_000_000
        assert "http:" not in text and "https:" not in text and "default-src 'none'" in text
