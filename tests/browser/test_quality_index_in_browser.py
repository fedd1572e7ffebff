"""The index as the group uses it, and what the workflow makes of the ratings it exports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cohorts import read_table
from playwright.sync_api import Page, expect
from project import Project

Open = Callable[[Path], Page]


@pytest.fixture
def page(looked_at: Project, open_page: Open) -> Page:
    return open_page(looked_at.results / "qc" / "index.html")


def shown(page: Page) -> list[str]:
    return [str(row.get_attribute("data-patient")) for row in page.locator("tbody tr").all()]


def pressed(page: Page, patient_id: str) -> list[str]:
    row = page.locator(f'tr[data-patient="{patient_id}"]')
    return row.locator("button[aria-pressed=true]").all_inner_texts()


def exported(page: Page) -> str:
    with page.expect_download() as download:
        page.get_by_role("button", name="Export ratings.csv").click()
    assert download.value.suggested_filename == "ratings.csv"
    return download.value.path().read_text(encoding="utf-8")


def test_flags_first_then_pictures_then_the_others(page: Page) -> None:
    assert shown(page)[:3] == ["IMG3", "IMG1", "IMG2"]
    row = page.locator('tr[data-patient="IMG3"]')
    assert row.locator(".chip").all_inner_texts()[:2] == ["Refused", "Small region"]
    expect(page.locator("#count")).to_have_text("73 patients, 5 to look at; 0 of 3 with pictures rated")


def test_fifty_a_page(page: Page) -> None:
    assert len(shown(page)) == 50
    page.get_by_role("button", name="Next").click()
    assert len(shown(page)) == 23
    expect(page.locator(".where")).to_have_text("51 to 73 of 73")
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.get_by_role("button", name="Previous").click()
    assert shown(page)[0] == "IMG3"


def test_search_filter_and_order(page: Page) -> None:
    page.get_by_label("Search").fill("p01")
    assert sorted(shown(page)) == [f"P01{digit}" for digit in range(10)]
    page.get_by_label("Search").fill("small region")
    assert shown(page) == ["IMG3"]
    page.get_by_label("Search").fill("nobody")
    expect(page.locator("tbody")).to_contain_text("No patient matches")
    page.get_by_label("Search").fill("")
    page.get_by_label("Show").select_option("images")
    assert shown(page) == ["IMG3", "IMG1", "IMG2"]
    page.get_by_label("Show").select_option("all")
    page.get_by_role("button", name="B-HU").first.click()
    rising = [float(text) for text in page.locator("tbody tr td:nth-child(4)").all_inner_texts()]
    assert rising == sorted(rising)
    page.get_by_role("button", name="B-HU").first.click()
    falling = [float(text) for text in page.locator("tbody tr td:nth-child(4)").all_inner_texts()]
    assert falling == sorted(falling, reverse=True) and falling[0] > rising[0]


def test_thumbnails_are_seen_and_lead_to_the_pictures(page: Page) -> None:
    images = page.locator("tbody img")
    assert images.count() == 3
    for image in images.all():
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("complete", True)
        assert image.evaluate("image => image.naturalWidth") == 112
    page.get_by_role("link", name="IMG1").click()
    expect(page).to_have_title("IMG1: measured regions")


def test_one_patient_stands_out_in_every_distribution(page: Page) -> None:
    page.locator('tr[data-patient="IMG1"]').click(position={"x": 5, "y": 5})
    expect(page.locator("aside h2")).to_contain_text("IMG1")
    assert page.locator("aside .plot").count() == 4 and page.locator("aside .me").count() == 4
    expect(page.locator("aside .plot").nth(0)).to_contain_text("120 · above")
    page.keyboard.press("n")
    expect(page.locator("aside h2")).to_contain_text("IMG2")
    page.keyboard.press("p")
    expect(page.locator("tr.here")).to_have_attribute("data-patient", "IMG1")
    page.locator("aside svg").nth(0).click(position={"x": 306, "y": 20})
    expect(page.locator("tr.here")).to_have_attribute("data-patient", "P069")  # the highest B-HU, on page 2


def test_rate_by_key_and_by_button(page: Page) -> None:
    page.keyboard.press("r")
    assert pressed(page, "IMG3") == ["Redo"]
    page.locator('tr[data-patient="IMG1"]').get_by_role("button", name="Keep").click()
    assert pressed(page, "IMG1") == ["Keep"] and pressed(page, "IMG3") == ["Redo"]
    page.get_by_label("Search").type("kx")
    page.get_by_label("Search").fill("")
    assert pressed(page, "IMG1") == ["Keep"]
    expect(page.locator("#count")).to_contain_text("2 of 3 with pictures rated")
    assert page.locator('tr[data-patient="P000"] button').count() == 0


def test_a_rating_given_on_a_page_is_known_to_the_index(looked_at: Project, open_page: Open) -> None:
    patient = open_page(looked_at.results / "patients" / "IMG2" / "qc.html")
    patient.keyboard.press("x")
    assert pressed(open_page(looked_at.results / "qc" / "index.html"), "IMG2") == ["Exclude"]


def test_a_file_of_ratings_is_taken_with_its_notes(page: Page, looked_at: Project, tmp_path: Path) -> None:
    measured = looked_at.json("cohort", "measured.json")["patients"]["IMG1"]["measured"]
    given = tmp_path / "given.csv"
    given.write_text(
        "patient_id;rating;measured;note\n"
        f'IMG1;redo;{measured};"left; ""too"" wide"\nIMG2;keep;b0000000;old\nGONE;keep;b0000000;\n',
        encoding="utf-8-sig",
    )
    page.locator("#open").set_input_files(given)
    expect(page.locator("#message")).to_have_text("1 rating taken, 2 lapsed or unknown")
    assert pressed(page, "IMG1") == ["Redo"] and pressed(page, "IMG2") == []
    assert exported(page) == (
        "patient_id,rating,measured,note\n"
        f'IMG1,redo,{measured},"left; ""too"" wide"\nIMG2,keep,b0000000,old\n'
    )
    given.write_text("name,age\nx,3\n")
    page.locator("#open").set_input_files([])
    page.locator("#open").set_input_files(given)
    expect(page.locator("#message")).to_contain_text("no file of ratings")


def test_the_workflow_takes_the_ratings_and_lets_them_lapse(
    page: Page, looked_at: Project, open_page: Open, tmp_path: Path
) -> None:
    project = looked_at.copy_to(tmp_path / "project")
    for patient_id, key in (("IMG1", "x"), ("IMG2", "r"), ("IMG3", "k")):
        page.locator(f'tr[data-patient="{patient_id}"]').click(position={"x": 5, "y": 5})
        page.keyboard.press(key)
    (project.cohort / "ratings.csv").write_text(exported(page), encoding="utf-8")
    run = project.run("--", "measurements", "cohort")
    cohort = ("build_cohort", "draw_flow", "measure_agreement", "draw_agreement", "write_quality_index")
    assert run.code == 0 and run.executed == dict.fromkeys(cohort, 1)
    assert left(project) == {"IMG1": "excluded_by_rating", "IMG2": "awaiting_redraw"}
    assert not [row for row in problems(project) if row["source"] == "ratings.csv"]

    redrawn = project.cohort / "annotations" / "IMG2" / "R1" / "L3_body_middle.mrk.json"
    redrawn.write_text(redrawn.read_text().replace('"size": [16.0, 12.0, 2]', '"size": [14.0, 12.0, 2]'))
    run = project.run("--", "measurements", "cohort")
    assert run.code == 0 and run.executed["measure_patient"] == 1, run.output
    assert left(project) == {"IMG1": "excluded_by_rating"}
    (told,) = [row for row in problems(project) if row["source"] == "ratings.csv"]
    assert told["patient_id"] == "IMG2" and "rate again" in told["remedy"]

    again = open_page(project.results / "qc" / "index.html")
    assert pressed(again, "IMG1") == ["Exclude"] and pressed(again, "IMG2") == []
    again.locator('tr[data-patient="IMG1"]').get_by_role("button", name="Keep").click()
    expect(again.locator('tr[data-patient="IMG1"]')).to_contain_text("the workflow has 'exclude'")
    expect(again.locator('tr[data-patient="IMG2"]')).to_contain_text("'redo' lapsed: measured anew")


def left(project: Project) -> dict[str, str]:
    rows = read_table(project.results / "cohort" / "exclusions.csv")
    return {
        row["patient_id"]: row["criterion"]
        for row in rows
        if row["first"] == "1" and row["patient_id"].startswith("IMG")
    }


def problems(project: Project) -> list[dict[str, str]]:
    return read_table(project.results / "cohort" / "problems.csv")
