"""From stored values to HU or signal: rescale, tables, padding, display and scales."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from dicom import MR_CLASS, write_series
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from small_patient import (
    MIDDLE_HU,
    SIZE,
    ct_row,
    draw,
    draw_curve,
    mr_rows,
    ramp,
    stack,
    write_ct,
    write_mr,
)


def edit(path: Path, **elements: Any) -> None:
    dataset = pydicom.dcmread(path)
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path)


def simple_itk_at(folder: Path, point: tuple[float, float, float]) -> float:
    """What a SimpleITK series read gives at a point of the patient."""
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder / "dicom")))
    volume = reader.Execute()
    return float(volume[volume.TransformPhysicalPointToIndex(point)])


def test_rescale_of_each_slice(tmp_path: Path) -> None:
    for k, path in enumerate(write_ct(tmp_path)):
        edit(path, RescaleSlope=str(1 + 0.125 * k), RescaleIntercept=str(-10 * k))
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert row["mean"] == pytest.approx((1024 + MIDDLE_HU) * 1.25 - 20, abs=1e-9)
    assert row["reason"] == ""


def test_simple_itk_casts_slices_of_other_slopes_to_the_kind_of_the_first_and_we_do_not(
    tmp_path: Path,
) -> None:
    paths = write_ct(tmp_path, lambda k: np.full((SIZE, SIZE), 1301))
    for path in paths[1:]:
        edit(path, RescaleSlope="0.75")
    draw(tmp_path)
    right = 1301 * 0.75 - 1024
    assert ct_row(tmp_path)["mean"] == right == -48.25
    assert simple_itk_at(tmp_path, (20, 20, 4)) == -48


def test_a_table_of_each_slice(tmp_path: Path) -> None:
    for k, path in enumerate(
        write_ct(tmp_path, lambda k: ramp(k) - 1024, RescaleSlope=None, RescaleIntercept=None)
    ):
        dataset = pydicom.dcmread(path)
        table = Dataset()
        table.LUTDescriptor = [1000, 0, 16]
        table.ModalityLUTType = "HU"
        table.LUTData = [2 * value + k for value in range(1000)]
        table["LUTDescriptor"].VR = table["LUTData"].VR = "US"
        dataset.ModalityLUTSequence = Sequence([table])
        dataset.save_as(path)
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert row["mean"] == 2 * MIDDLE_HU + 2 and "no_rescale" not in row["flags"]


@pytest.mark.parametrize(
    ("missing", "mean"),
    [
        (("RescaleSlope", "RescaleIntercept"), MIDDLE_HU + 1024),
        (("RescaleSlope",), MIDDLE_HU),
        (("RescaleIntercept",), MIDDLE_HU + 1024),
    ],
)
def test_an_absent_slope_is_one_an_absent_intercept_zero_and_both_are_flagged(
    tmp_path: Path, missing: tuple[str, ...], mean: float
) -> None:
    write_ct(tmp_path, **dict.fromkeys(missing))
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert row["mean"] == mean and "no_rescale" in row["flags"]


def test_a_ct_whose_values_are_no_hounsfield_units_is_refused(tmp_path: Path) -> None:
    write_ct(tmp_path, RescaleType="Z_EFF")
    draw(tmp_path)
    assert "no Hounsfield units" in ct_row(tmp_path)["reason"]


@pytest.mark.parametrize("said", ["HU", "US", "hu "])
def test_hounsfield_units_by_their_names(tmp_path: Path, said: str) -> None:
    write_ct(tmp_path, RescaleType=said)
    draw(tmp_path)
    assert ct_row(tmp_path)["mean"] == MIDDLE_HU


def test_monochrome1_never_turns_hu_round_as_simple_itk_does(tmp_path: Path) -> None:
    write_ct(tmp_path, PhotometricInterpretation="MONOCHROME1")
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert (row["mean"], row["flags"]) == (MIDDLE_HU, ["monochrome1"])
    assert simple_itk_at(tmp_path, (20, 20, 4)) != 220


def with_hole(k: int, value: int) -> np.ndarray:
    values = ramp(k)
    values[20, 20] = value
    return values


def plant_padding(path: Path, vr: str, value: int, limit: int | None = None) -> None:
    dataset = pydicom.dcmread(path)
    dataset.add_new(0x00280120, vr, value)
    if limit is not None:
        dataset.add_new(0x00280121, vr, limit)
    dataset.save_as(path)


@pytest.mark.parametrize(
    ("signed", "stored", "vr", "declared"),
    [
        (1, -1010, "SS", -1010),
        (1, -1010, "US", 65536 - 1010),
        (0, 63536, "US", 63536),
        (0, 63536, "SS", -2000),
        (0, 900, "US", 900),
    ],
)
def test_declared_padding_is_refused_with_and_without_its_sign(
    tmp_path: Path, signed: int, stored: int, vr: str, declared: int
) -> None:
    for path in write_ct(
        tmp_path, lambda k: with_hole(k, stored), PixelRepresentation=signed, RescaleIntercept=0
    ):
        plant_padding(path, vr, declared)
    draw(tmp_path)
    assert "padding" in ct_row(tmp_path)["reason"]


def test_padding_of_twelve_bits_written_unsigned(tmp_path: Path) -> None:
    elements = {"PixelRepresentation": 1, "BitsStored": 12, "HighBit": 11, "RescaleIntercept": 0}
    for path in write_ct(tmp_path, lambda k: with_hole(k, -1000), **elements):
        plant_padding(path, "US", 4096 - 1000)
    draw(tmp_path)
    assert "padding" in ct_row(tmp_path)["reason"]


def test_padding_that_is_set_in_the_unused_bits(tmp_path: Path) -> None:
    for path in write_ct(tmp_path, lambda k: with_hole(k, 0xF4D0), BitsStored=12, HighBit=11):
        plant_padding(path, "US", 0xF4D0)
    draw(tmp_path)
    assert "padding" in ct_row(tmp_path)["reason"]


def test_a_range_of_padding(tmp_path: Path) -> None:
    for path in write_ct(tmp_path, lambda k: with_hole(k, 950)):
        plant_padding(path, "US", 900, 1000)
    draw(tmp_path)
    assert "padding" in ct_row(tmp_path)["reason"]


@pytest.mark.parametrize("value", [-1500, -2000, -3024])
def test_fill_outside_the_reconstruction_that_nobody_declared_is_refused(tmp_path: Path, value: int) -> None:
    write_ct(
        tmp_path,
        lambda k: with_hole(k, value),
        PixelRepresentation=1,
        RescaleIntercept=0,
    )
    draw(tmp_path)
    assert "padding" in ct_row(tmp_path)["reason"]


def test_air_is_measured(tmp_path: Path) -> None:
    write_ct(tmp_path, lambda k: np.full((SIZE, SIZE), -1024), PixelRepresentation=1, RescaleIntercept=0)
    draw(tmp_path)
    assert ct_row(tmp_path)["mean"] == -1024


def test_padding_outside_the_region_is_nobodys_business(tmp_path: Path) -> None:
    def corner(k: int) -> np.ndarray:
        values = ramp(k)
        values[:3, :3] = 0
        return values

    for path in write_ct(tmp_path, corner):
        plant_padding(path, "US", 0)
    draw(tmp_path)
    assert ct_row(tmp_path)["mean"] == MIDDLE_HU


@pytest.mark.parametrize(
    "bits", [{"HighBit": 15, "BitsStored": 12}, {"BitsStored": 17, "HighBit": 16}, {"HighBit": 3}]
)
def test_bits_that_contradict_each_other_are_refused(tmp_path: Path, bits: dict[str, int]) -> None:
    write_ct(tmp_path, **bits)
    draw(tmp_path)
    assert "contradicts itself" in ct_row(tmp_path)["reason"]


def test_a_colour_image_is_refused(tmp_path: Path) -> None:
    for path in write_ct(tmp_path):
        dataset = pydicom.dcmread(path)
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 3, "RGB"
        dataset.PlanarConfiguration = 0
        dataset.PixelData = bytes(3 * len(dataset.PixelData))
        dataset.save_as(path)
    draw(tmp_path)
    assert ct_row(tmp_path)["reason"] == "no CT series to measure on"
    assert "colour" in ct_row(tmp_path, CT=2)["reason"]


# --- MR: the scale must be one for pedicles and CSF ---------------------------------------------------------------


def philips(paths: list[Path], scale_slopes: list[float | None], vr: str = "FL") -> None:
    for path, scale in zip(paths, scale_slopes, strict=True):
        dataset = pydicom.dcmread(path)
        dataset.Manufacturer = "Philips Healthcare"
        if scale is not None:
            block = dataset.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
            block.add_new(0x0E, vr, scale)
        dataset.save_as(path)


def ratio(folder: Path) -> tuple[float, list[str]]:
    draw_curve(folder, 8, "L3_csf")
    draw_curve(folder, 24, "L3_pedicle_left")
    rows = mr_rows(folder)
    return rows["L3_pedicle_left"]["mean"] / rows["L3_csf"]["mean"], rows["L3_csf"]["flags"]


def test_a_scale_that_is_one_in_all_slices_cancels(tmp_path: Path) -> None:
    philips(write_mr(tmp_path, RescaleSlope=2, RescaleIntercept=0), [0.5] * 9)
    found, flags = ratio(tmp_path)
    assert found == pytest.approx((1044 + 600) / (1044 + 200)) and "philips_scale" not in flags


def test_philips_slices_of_different_scale_are_brought_to_one(tmp_path: Path) -> None:
    paths = write_mr(tmp_path, RescaleSlope=2, RescaleIntercept=0)
    philips(paths, [0.5] * 5 + [0.25] * 4)
    found, flags = ratio(tmp_path)
    # FP = PV x RS / (RS x SS): x = 8 has SS 0.5, x = 24 has SS 0.25
    assert found == pytest.approx((1644 / 0.25) / (1244 / 0.5)) and "philips_scale" in flags


def test_philips_slices_whose_rescale_slope_alone_differs(tmp_path: Path) -> None:
    paths = write_mr(tmp_path, RescaleIntercept=0)
    for k, path in enumerate(paths):
        edit(path, RescaleSlope=2 if k < 5 else 4)
    philips(paths, [0.5] * 9)
    found, _ = ratio(tmp_path)
    assert found == pytest.approx(1644 / 1244)  # PV / SS: the rescale slope drops out


@pytest.mark.parametrize(
    ("slopes", "reason"),
    [
        ([None] * 9, "the slices differ in scale and lack the Philips scale slope"),
        ([0.5] * 8 + [None], "some slices lack the Philips scale slope that the others have"),
    ],
)
def test_philips_slices_that_do_not_tell_their_scale_are_refused(
    tmp_path: Path, slopes: list[float | None], reason: str
) -> None:
    paths = write_mr(tmp_path, RescaleSlope=2, RescaleIntercept=0)
    edit(paths[0], RescaleSlope=3)
    philips(paths, slopes)
    draw_curve(tmp_path, 8)
    assert mr_rows(tmp_path)["L3_csf"]["reason"] == reason


def test_an_intercept_that_does_not_cancel_is_refused(tmp_path: Path) -> None:
    write_mr(tmp_path, RescaleSlope=1, RescaleIntercept=-50)
    draw_curve(tmp_path, 8)
    assert "RescaleIntercept" in mr_rows(tmp_path)["L3_csf"]["reason"]


def test_the_private_element_of_another_maker_is_no_scale(tmp_path: Path) -> None:
    paths = write_mr(tmp_path, RescaleSlope=2, RescaleIntercept=0)
    philips(paths, [0.5] * 5 + [0.25] * 4)
    for path in paths:
        edit(path, Manufacturer="SIEMENS")
    found, flags = ratio(tmp_path)
    assert found == pytest.approx(1644 / 1244) and "philips_scale" not in flags


def test_the_scale_is_found_where_an_archive_has_made_it_unknown(tmp_path: Path) -> None:
    paths = write_mr(tmp_path, RescaleSlope=2, RescaleIntercept=0)
    philips(paths, [0.5] * 5 + [0.25] * 4)
    for path in paths:
        path.write_bytes(
            path.read_bytes().replace(b"\x05\x20\x0e\x10FL\x04\0", b"\x05\x20\x0e\x10UN\0\0\x04\0\0\0")
        )
    assert ratio(tmp_path)[0] == pytest.approx((1644 / 0.25) / (1244 / 0.5))


def test_slices_of_both_kinds_do_not_mix(tmp_path: Path) -> None:
    write_ct(tmp_path)
    write_series(tmp_path / "dicom" / "mr", ramp, stack(), Modality="MR", SOPClassUID=MR_CLASS)
    draw(tmp_path)
    assert ct_row(tmp_path)["flags"] == []
