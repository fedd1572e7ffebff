from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import draw_overlay
import measure_patient
import numpy as np
import pytest
from bonehold.cohort.bone_measures import MeasuringRules
from bonehold.cohort.patients import patient_folders
from bonehold.cohort.quality_flags import SideLimits
from bonehold.imaging.outlines import PolygonOutline
from bonehold.imaging.sections import DrawnRegion, Section
from bonehold.publishing.quality.grey_pictures import (
    CT_WINDOW,
    data_address,
    grey_levels,
    shrinkage,
    thumbnail,
    windows,
)
from bonehold.publishing.quality.quality_page import quality_page
from bonehold.publishing.quality.quality_pictures import picture
from bonehold.publishing.quality.quality_view import patient_view
from bonehold.publishing.tables.web_page import web_page
from bonehold.tracking import track_cohort
from cohort_folders import CONFIG, measured, roi
from cohorts import write_cohort
from PIL import Image

OPTIONS = (
    "series",
    "trajectory",
    "quality",
    "left_right",
    "levels",
    "require",
    "combine",
    "b_hu_minimum",
    "hu_ratio_range",
)
COLOURS = {"R1": "#E69F00", "R2": "#56B4E9"}
NO_SERIES: dict[str, Any] = {"series": [], "chosen": {}, "problems": []}


def rules(folder: Path, cohort: Path) -> SimpleNamespace:
    """The two rules of a patient, run as Snakemake does; gives the outputs."""
    track_cohort(cohort, patient_folders(cohort), folder / "manifests")
    options = json.dumps({**{key: CONFIG[key] for key in OPTIONS}, "synthetic": True})
    documents = {name: str(folder / f"{name}.json") for name in ("series", "ct", "mr", "spinopelvic")}
    smk = SimpleNamespace(
        config={"cohort": str(cohort)},
        wildcards=SimpleNamespace(patient="IMG1"),
        params=SimpleNamespace(options=options),
        input=SimpleNamespace(manifest=str(folder / "manifests" / "patients" / "IMG1.json"), **documents),
        output=SimpleNamespace(
            **documents,
            png=str(folder / "qc.png"),
            page=str(folder / "qc.html"),
            thumbnail=str(folder / "thumbnail.png"),
        ),
    )
    measure_patient.main(smk)
    draw_overlay.main(smk)
    return smk.output


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    folder = tmp_path_factory.mktemp("patient")
    return rules(folder, write_cohort(folder / "cohort", imaged=("IMG1",), others=0))


def pictures(page: str) -> Iterator[tuple[str, float, float, np.ndarray, dict[str, np.ndarray]]]:
    """Region, width and height in mm, grey levels, reader -> outline in mm, of each picture of a page."""
    for svg in re.findall(r'<svg class="picture".*?</svg>', page):
        name = re.search(r'aria-label="(.*?), outlines', svg)
        size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
        image = re.search(r'href="data:image/png;base64,(.*?)"', svg)
        assert name and size and image
        levels = np.asarray(Image.open(io.BytesIO(base64.b64decode(image[1]))))
        outlines = {
            reader: np.array([[float(x) for x in point.split(",")] for point in points.split()])
            for reader, points in re.findall(r'data-reader="(\w+)"><polygon class="halo" points="(.*?)"', svg)
        }
        yield name[1].replace(" ", "_"), float(size[1]), float(size[2]), levels, outlines


def test_what_is_outlined_on_the_page_is_what_was_measured(made: SimpleNamespace) -> None:
    """Pixels of the pictures inside the outlines of the pictures: as many, and as bright, as the table says."""
    page = Path(made.page).read_text(encoding="utf-8")
    documents = [json.loads(Path(path).read_text()) for path in (made.ct, made.mr)]
    rows = {(row["roi"], row["reader"]): row for document in documents for row in document["rois"]}
    low, high = CT_WINDOW
    compared = 0
    for name, width, height, levels, outlines in pictures(page):
        rows_, columns = levels.shape
        across, down = width / columns, height / rows_
        x, y = np.meshgrid((np.arange(columns) + 0.5) * across, (np.arange(rows_) + 0.5) * down)
        centres = np.stack([x, y], axis=-1)
        for reader, outline in outlines.items():
            row = rows["L3_csf" if name == "L3_CSF" else name, reader]
            # the page rounds to 0.01 mm and draws an ellipse with 72 corners, so pixels on the edge may go either way
            grown = (outline - outline.mean(axis=0)) * 1.02 + outline.mean(axis=0)
            sure = PolygonOutline((grown,))
            inside = levels[sure.contains(centres)]
            assert abs(len(inside) - row["n"]) <= 0.12 * row["n"], (name, reader)
            if "pedicle" not in name and "csf" not in name:
                shown = low + inside.mean() / 255 * (high - low)
                assert shown == pytest.approx(row["mean"], abs=1.3), (name, reader)
            compared += 1
    assert compared == 28


def test_the_same_input_gives_the_same_bytes(made: SimpleNamespace, tmp_path: Path) -> None:
    again = rules(tmp_path, write_cohort(tmp_path / "cohort", imaged=("IMG1",), others=0))
    for name in ("page", "thumbnail", "png"):
        assert Path(getattr(made, name)).read_bytes() == Path(getattr(again, name)).read_bytes(), name


def test_pictures_carry_nothing_but_pixels(made: SimpleNamespace) -> None:
    page = Path(made.page).read_text(encoding="utf-8")
    for data in re.findall(r"base64,(.*?)\"", page):
        image = Image.open(io.BytesIO(base64.b64decode(data)))
        assert image.mode == "L" and image.info == {}
    assert (
        Image.open(made.thumbnail).info.get("Description")
        == "SYNTHETIC DATA - demonstrates the code, not the study"
    )
    assert "Canary" not in page and "SYNTHETIC DATA" in page


def section(image: np.ndarray, outline: np.ndarray, modality: str = "CT", **changes: Any) -> Section:
    region = DrawnRegion("R1", (outline,), 100.0, 50, ())
    made = Section("L3_body_middle", modality, image, (1.0, 1.0), ("R", "L", "A", "P"), (region,))  # type: ignore[arg-type]
    return replace(made, **changes)


SQUARE = np.array([[2.0, 2.0], [6.0, 2.0], [6.0, 6.0], [2.0, 6.0]])


def test_true_spacing_and_a_region_in_parts() -> None:
    parts = DrawnRegion("R2", (SQUARE, SQUARE + 8), 1.0, 9, ())
    drawn = picture(
        section(np.zeros((10, 20)), SQUARE, pixel_mm=(3.0, 0.5), regions=(parts,)), "data:", 1, COLOURS
    )
    assert 'viewBox="0 0 10.00 30.00"' in drawn and 'width="10.00" height="30.00"' in drawn
    assert "1.25,7.50 3.25,7.50 3.25,19.50 1.25,19.50" in drawn
    assert drawn.count("<polygon points") == 2 and 'class="outline dashed"' in drawn


def test_windows_are_fixed_for_ct_and_common_to_all_crops_of_an_mr() -> None:
    ramp = np.arange(1000.0).reshape(20, 50)
    found = windows([section(ramp, SQUARE, "MR"), section(ramp + 1000, SQUARE, "MR"), section(ramp, SQUARE)])
    assert found["CT"] == (-120.0, 500.0)
    assert found["MR"] == pytest.approx((19.99, 1989.005))
    assert windows([section(np.full((4, 4), 7.0), SQUARE, "MR")])["MR"] == (7.0, 8.0)
    levels = grey_levels(np.array([[-1000.0, -120.0, 190.0, 500.0, np.inf, np.nan]]), CT_WINDOW)
    assert levels.tolist() == [[0, 0, 128, 255, 255, 49]]


def test_a_reduced_picture_covers_the_same_area() -> None:
    levels = grey_levels(np.arange(35.0).reshape(5, 7), (0.0, 255.0), 3)
    assert levels.shape == (2, 3) and levels[0, 0] == 8
    drawn = picture(section(np.zeros((5, 7)), SQUARE), "data:", 3, COLOURS)
    assert 'viewBox="0 0 7.00 5.00"' in drawn and 'width="9.00" height="6.00"' in drawn


def test_a_page_of_huge_pictures_stays_below_two_megabytes() -> None:
    noise = np.random.default_rng(1).uniform(-120, 500, (810, 810))
    names = [f"L3_body_{plane}" for plane in ("superior", "middle", "inferior")]
    drawn = [section(noise, SQUARE, roi=name) for name in names * 5]
    documents = {"CT": measured("P1", "CT", [roi("R1", name, 100.0, n=50) for name in names])}
    assert shrinkage(drawn) == 3 and shrinkage(drawn[:1]) == 1
    page = page_of(documents, drawn)
    assert 1_200_000 < len(page) < 2_000_000
    assert "1/3 of their resolution" in page


def page_of(documents: dict[str, Any], drawn: list[Section], **changes: Any) -> str:
    both = {"MR": measured("P1", "MR", []), **documents}
    view = patient_view(
        {"CT": both["CT"], "MR": both["MR"]},
        drawn,
        MeasuringRules(),
        SideLimits(),
        changes.get("overrides", ()),
    )
    troubles, series = changes.get("troubles", ()), changes.get("series", NO_SERIES)
    return quality_page(view, series, troubles, windows(drawn), {"R1": "#E69F00"}, False)


def test_nothing_measured_is_said_and_nothing_breaks() -> None:
    page = page_of({"CT": measured("P1", "CT", [], status="no_series")}, [], troubles=["<b>see & think</b>"])
    assert "No HU ratio and no PBQ score" in page and page.count("no region is drawn") == 2
    assert "<b>see" not in page and "&lt;b&gt;see &amp; think" in page
    assert thumbnail(None, (0.0, 1.0), {}, False).startswith(b"\x89PNG")


def regions(**flags: list[str]) -> list[dict[str, Any]]:
    names = [f"L3_body_{plane}" for plane in ("superior", "middle", "inferior")]
    names += [f"L3_trajectory_{side}" for side in ("left", "right")]
    return [roi("R1", name, 100.0, n=50, sd=9.0, flags=flags.get(name, [])) for name in names]


def headline(page: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({}, "No PBQ score"),
        ({"L3_body_middle": ["small_roi"]}, "No PBQ score · 1 region to look at"),
        (
            {"L3_body_middle": ["cortex"], "L3_body_superior": ["metal"]},
            "No PBQ score · 2 regions to look at",
        ),
        ({"L3_body_middle": ["philips_scale"]}, "No PBQ score"),
        ({"L3_body_middle": ["sharp_kernel"]}, "No PBQ score · Sharp kernel"),
        ({"L3_body_middle": ["flag_of_tomorrow"]}, "No PBQ score · 1 region to look at"),
    ],
)
def test_the_headline(flags: dict[str, list[str]], words: str) -> None:
    page = page_of({"CT": measured("P1", "CT", regions(**flags))}, [])
    assert headline(page).endswith(words)


def test_the_graver_region_comes_first_and_the_explanation_stands_beside() -> None:
    flags = {"L3_body_superior": ["small_roi"], "L3_trajectory_left": ["metal"]}
    page = page_of({"CT": measured("P1", "CT", regions(**flags))}, [])
    titles = re.findall(r"<h3>(.*?)</h3>", page)
    assert titles[:2] == ["L3 trajectory left", "L3 body superior"] and len(titles) == 5
    assert "A pixel lies above 2500 HU" in page and "Draw it larger" in page
    assert page.index("<svg") < page.index("A pixel lies") < page.index("L3 body middle</h3>")


def test_overrides_of_the_patient_are_followed() -> None:
    documents = {"CT": measured("P1", "CT", regions())}
    page = page_of(documents, [], overrides=(("roi", "R1 L3_body_middle"),))
    assert "left out by an override" in page and "No HU ratio" in headline(page)
    assert "CT at L2 (set by an override)" in page_of(documents, [], overrides=(("level", "L2"),))
    assert "not used: another level serves" in page_of(documents, [], overrides=(("level", "L2"),))


def test_differences_bear_a_sign_and_nothing_is_minus_zero() -> None:
    rows = [
        *regions(),
        *[{**row, "reader": "R2", "mean": 100.04} for row in regions()[:1]],
        *[{**row, "reader": "R2", "mean": 103.0} for row in regions()[1:]],
    ]
    page = page_of({"CT": measured("P1", "CT", rows)}, [])
    assert "Difference <b>0.0</b> HU" in page and "Difference <b>−3.0</b> HU" in page and "−0.0<" not in page


def test_series_are_told_with_their_reasons() -> None:
    one = {"series": 1, "series_number": 4, "modality": "CT", "images": 30, "kvp": 100.0, "kernel": "B70f"}
    fact = {**one, "chosen": True, "refused_because": [], "drawbacks": ["sharp_kernel", "kvp_100"]}
    other = {
        **one,
        "series": 2,
        "series_number": 5,
        "chosen": False,
        "refused_because": ["localiser"],
        "drawbacks": [],
    }
    chosen = {
        "series": 1,
        "reason": "best of 2",
        "overridden": True,
        "drawbacks": ["sharp_kernel", "kvp_100"],
    }
    none = {"series": None, "reason": "no sagittal T1 <MR>", "overridden": False, "drawbacks": []}
    series = {"series": [fact, other], "chosen": {"CT": chosen, "MR": none}, "problems": []}
    page = page_of({"CT": measured("P1", "CT", regions())}, [], series=series)
    assert "series 4, CT · 100 kVp · kernel B70f; named by the group; best of 2" in page
    assert (
        "no sagittal T1 &lt;MR&gt;" in page
        and "refused: localiser" in page
        and "chosen; sharp kernel, 100 kvp" in page
    )


def test_no_text_of_the_page_can_become_a_script() -> None:
    page = web_page(
        "a <i>",
        "<p>b</p>",
        style="p{}",
        script="let x;",
        data={"id": "</script><script>alert(1)</script>"},
        images="data:",
        synthetic=False,
    )
    assert page.count("<script") == 2 and "alert(1)\\u003c/script>" in page and "<title>a &lt;i&gt;" in page
    policy = re.search(r'Policy" content="(.*?)"', page)
    assert policy and "default-src 'none'" in policy[1] and "unsafe" not in policy[1]


def test_an_address_holds_the_picture() -> None:
    levels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    data = base64.b64decode(data_address(levels).split(",")[1])
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), levels)


def test_sides_that_differ_are_flagged_on_the_page() -> None:
    drawn = regions()
    drawn[-1]["mean"] = 100.0 + 61
    page = page_of({"CT": measured("P1", "CT", drawn)}, [])
    calm = page_of({"CT": measured("P1", "CT", regions())}, [])
    assert "Left and right differ" in page and "Left and right differ" not in calm
