from datetime import date
from pathlib import Path

import numpy as np
import pydicom
import pytest
from bonehold.imaging.dicom.folder import index_folder
from bonehold.imaging.dicom.pixels import read_slice
from bonehold.imaging.series import group_series
from bonehold.imaging.series_choice import Choice, choose_series
from bonehold.imaging.series_criteria import Wanted
from bonehold.imaging.series_rules import Kernels, SeriesRules
from dicom import MR_CLASS, SAGITTAL, write_series

FLAT = np.full((8, 8), 1100)
NOWHERE = np.zeros((0, 3))


def axial(n: int, step: float = 2.0, start: float = 0.0) -> list[tuple[float, float, float]]:
    return [(0.0, 0.0, start + k * step) for k in range(n)]


def sagittal(n: int) -> list[tuple[float, float, float]]:
    return [(k * 4.0, 0.0, 0.0) for k in range(n)]


def ct(folder: Path, n: int = 6, **elements: object) -> None:
    write_series(folder, lambda k: FLAT + k, axial(n), **elements)


def mr(folder: Path, **elements: object) -> None:
    defaults = {
        "Modality": "MR",
        "SOPClassUID": MR_CLASS,
        "ImageOrientationPatient": list(SAGITTAL),
        "RepetitionTime": 600,
        "EchoTime": 10,
        "SeriesInstanceUID": "2.25.20",
        "KVP": None,
        "ConvolutionKernel": None,
        "RescaleIntercept": None,
        "RescaleSlope": None,
    }
    write_series(folder, lambda k: FLAT, sagittal(9), **{**defaults, **elements})


def choose(folder: Path, modality: str = "CT", wanted: Wanted | None = None) -> Choice:
    found = group_series(index_folder(folder, inside=folder).images)
    return choose_series(modality, found, wanted or Wanted(NOWHERE), SeriesRules())


def test_slices_are_sorted_along_the_normal_whatever_their_files_are_called(tmp_path: Path) -> None:
    order = [3, 0, 4, 1, 2]
    write_series(tmp_path, lambda k: FLAT, [axial(5)[k] for k in order])
    (series,) = group_series(index_folder(tmp_path, inside=tmp_path).images)
    assert series.positions_mm.tolist() == [0, 2, 4, 6, 8]
    assert series.spacing_mm == 2
    assert series.irregularities == ()


@pytest.mark.parametrize(
    ("positions", "word"),
    [
        ([axial(9)[k] for k in (0, 1, 2, 5, 6, 7, 8)], "missing_slices"),
        ([*axial(5), (0.0, 0.0, 4.0)], "duplicate_slices"),
        ([(0.0, 0.4 * k, 2.0 * k) for k in range(5)], "tilted"),
    ],
)
def test_a_stack_that_is_not_regular_is_seen(
    tmp_path: Path, positions: list[tuple[float, float, float]], word: str
) -> None:
    write_series(tmp_path, lambda k: FLAT, positions)
    (series,) = group_series(index_folder(tmp_path, inside=tmp_path).images)
    assert series.irregularities == (word,)


def test_a_localiser_with_the_uid_of_the_stack_is_a_series_of_its_own(tmp_path: Path) -> None:
    ct(tmp_path / "a")
    write_series(
        tmp_path / "b",
        lambda k: FLAT,
        [(0, 0, 0)],
        ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"],
        ImageOrientationPatient=[1, 0, 0, 0, 0, -1],
    )
    choice = choose(tmp_path)
    assert choice.series is not None and len(choice.series.slices) == 6
    assert sorted(v.refusals for v in choice.verdicts)[-1][0] == "localiser"


def test_the_soft_kernel_wins_over_bone(tmp_path: Path) -> None:
    ct(tmp_path / "bone", n=9, SeriesInstanceUID="2.25.8", SeriesNumber=3, ConvolutionKernel="B70f")
    ct(tmp_path / "soft")
    choice = choose(tmp_path)
    assert choice.series is not None and choice.series.any_header.kernel == "B30f"
    assert choice.reason == "best of 2 that serve"


def test_the_series_that_holds_the_regions_wins(tmp_path: Path) -> None:
    ct(tmp_path / "soft")
    write_series(
        tmp_path / "bone",
        lambda k: FLAT,
        axial(6, start=100),
        SeriesInstanceUID="2.25.8",
        ConvolutionKernel="B70f",
    )
    choice = choose(tmp_path, wanted=Wanted(np.array([[4.0, 4, 104]])))
    assert choice.series is not None and choice.series.any_header.kernel == "B70f"
    assert choice.drawbacks == ("sharp_kernel",)


def test_the_override_wins_and_is_recorded(tmp_path: Path) -> None:
    ct(tmp_path / "bone", SeriesInstanceUID="2.25.8", SeriesNumber=3, ConvolutionKernel="B70f")
    ct(tmp_path / "soft")
    choice = choose(tmp_path, wanted=Wanted(NOWHERE, series_number=3))
    assert choice.overridden and choice.series is not None and choice.series.any_header.kernel == "B70f"
    missing = choose(tmp_path, wanted=Wanted(NOWHERE, series_number=99))
    assert missing.series is None and "99" in missing.reason


def test_a_ct_after_surgery_is_refused(tmp_path: Path) -> None:
    ct(tmp_path, AcquisitionDate="20240310")
    assert choose(tmp_path, wanted=Wanted(NOWHERE, surgery_date=date(2024, 3, 11))).series is not None
    after = choose(tmp_path, wanted=Wanted(NOWHERE, surgery_date=date(2024, 3, 9)))
    assert after.series is None and after.verdicts[0].refusals == ("taken after surgery",)
    assert choose(tmp_path, wanted=Wanted(NOWHERE, days_to_surgery=12)).series is None
    both = Wanted(NOWHERE, days_to_surgery=-5, surgery_date=date(2024, 3, 9))
    assert choose(tmp_path, wanted=both).series is None


def test_an_override_that_two_studies_share_takes_the_one_before_surgery(tmp_path: Path) -> None:
    ct(tmp_path / "a", n=9, AcquisitionDate="20240610", SeriesInstanceUID="2.25.8")
    ct(tmp_path / "b", AcquisitionDate="20240101")
    wanted = Wanted(NOWHERE, series_number=2, surgery_date=date(2024, 3, 9))
    chosen = choose(tmp_path, wanted=wanted).series
    assert chosen is not None and len(chosen.slices) == 6
    (tmp_path / "b").rename(tmp_path / ".b")
    late = choose(tmp_path, wanted=wanted)
    assert late.series is not None and "taken_after_surgery" in late.drawbacks


def test_slices_of_one_stack_stay_together_whatever_the_rounding(tmp_path: Path) -> None:
    for k, z in enumerate(axial(6)):
        jitter = 5e-4 + (1e-7 if k % 2 else -1e-7)
        orientation = [1, jitter, 0, -jitter, 1, 0]
        write_series(tmp_path / str(k), lambda _: FLAT, [z], ImageOrientationPatient=orientation)
    (series,) = group_series(index_folder(tmp_path, inside=tmp_path).images)
    assert len(series.slices) == 6


def test_a_file_deflated_as_a_whole_is_read_and_a_bomb_is_refused(tmp_path: Path) -> None:
    ct(tmp_path, n=3)
    for name in ("IM000000", "IM000001"):
        dataset = pydicom.dcmread(tmp_path / name)
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
        if name == "IM000001":
            dataset.add_new(0x00091001, "OB", bytes(300_000_000))
        dataset.save_as(tmp_path / name, enforce_file_format=True)
    index = index_folder(tmp_path, inside=tmp_path)
    assert len(index.images) == 2 and "unpacks to more than 256 MB" in index.problems[0].line()
    assert read_slice(index.images[0]).values[0, 0] == 1100 - 1024


def test_links_to_folders_are_named_by_hash(tmp_path: Path) -> None:
    ct(tmp_path / "d")
    (tmp_path / "d" / "CANARY").symlink_to(tmp_path)
    (problem,) = index_folder(tmp_path / "d", inside=tmp_path).problems
    assert "is a link to a folder" in problem.line() and "CANARY" not in problem.line()


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"RepetitionTime": 3000, "EchoTime": 100}, "not T1"),
        ({"SeriesDescription": "T1 TIRM sag"}, "fat-suppressed"),
        ({"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}, "not sagittal"),
        ({"ImagePositionPatient": None}, "does not say where its slices lie"),
        ({"ImageType": ["DERIVED", "SECONDARY", "MPR"]}, "derived image"),
    ],
)
def test_an_mr_that_is_no_sagittal_t1_is_refused_with_its_reason(
    tmp_path: Path, elements: dict[str, object], reason: str
) -> None:
    mr(tmp_path, **elements)
    choice = choose(tmp_path, "MR")
    assert choice.series is None
    assert any(reason in refusal for refusal in choice.verdicts[0].refusals)


def test_t1_is_told_by_its_times_or_else_by_its_name(tmp_path: Path) -> None:
    mr(tmp_path / "times")
    assert choose(tmp_path / "times", "MR").series is not None
    mr(tmp_path / "name", RepetitionTime=None, EchoTime=None, SeriesDescription="sag T1 tse")
    assert choose(tmp_path / "name", "MR").series is not None
    mr(tmp_path / "flair", RepetitionTime=2000, EchoTime=12, InversionTime=860)
    assert choose(tmp_path / "flair", "MR").series is not None


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        ("B30f", "soft"),
        ("Br40d", "soft"),
        ("STANDARD", "soft"),
        ("FC08", "soft"),
        ("B70f", "sharp"),
        ("BONEPLUS", "sharp"),
        ("D", "sharp"),
        ("FC30", "sharp"),
        ("?", "unknown"),
    ],
)
def test_kernels(kernel: str, expected: str) -> None:
    assert Kernels().class_of(kernel) == expected


def test_files_that_cannot_be_used_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    ct(tmp_path)
    (tmp_path / "John Smith report.pdf").write_bytes(b"%PDF-1.4 " + bytes(range(256)) * 4)
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "DICOMDIR").write_bytes(b"x")
    (tmp_path / ".DS_Store").write_bytes(b"x")
    whole = (tmp_path / "IM000005").read_bytes()
    (tmp_path / "IM000005").write_bytes(whole[:-10])
    index = index_folder(tmp_path, inside=tmp_path)
    lines = [problem.line() for problem in index.problems]
    assert len(index.images) == 6 and len(lines) == 3
    assert sum("is not a DICOM file" in line for line in lines) == 2
    assert sum("cut short" in line for line in lines) == 1
    assert not any("Smith" in line for line in lines)


def test_a_header_that_claims_too_many_pixels_is_refused_before_decoding(tmp_path: Path) -> None:
    ct(tmp_path, n=1)
    path = tmp_path / "IM000000"
    data = path.read_bytes().replace(
        b"\x28\x00\x10\x00US\x02\x00\x08\x00", b"\x28\x00\x10\x00US\x02\x00\xff\xff"
    )
    data = data.replace(b"\x28\x00\x11\x00US\x02\x00\x08\x00", b"\x28\x00\x11\x00US\x02\x00\xff\xff")
    path.write_bytes(data)
    index = index_folder(tmp_path, inside=tmp_path)
    assert index.images == () and "65535 x 65535" in index.problems[0].line()
