"""One patient's preoperative CT and MRI with two readers' annotations, and the truth they were built with."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bonehold.sample import anatomy, exports, markups, readers, scans
from bonehold.sample.anatomy import FAT_SHARE, Subject
from bonehold.sample.contrasts import Contrast, hu_contrast, spin_echo_contrast
from bonehold.sample.exports import Identity, Series
from bonehold.sample.grids import Grid
from bonehold.sample.readers import Region
from bonehold.sample.recipe import Patient
from bonehold.sample.scans import Scan

FAULTS = ("repeat_scan", "truncated_slice", "l3_unusable", "roi_outside", "stray_file", "also_pacs")
"""What is wrong with the images of a patient who is analysed all the same, one patient each."""

CT_FRAME = {"GantryDetectorTilt": 0, "ExposureTime": 500, "XRayTubeCurrent": 220, "KVP": 120}
STRAY_TEXT = b"%PDF-1.4\n% a page that the export software put among the images\n%%EOF\n"


@dataclass(frozen=True)
class Body:
    """A patient's anatomy and the values the pictures are built with.

    Attributes:
        level: where the readers measure on the CT, and behind which body they draw the CSF.
        st_hu: side -> HU along the planned screw.
        pedicles: level -> T1 signal; the mean of L1-L4 is PBQ times `csf`.
    """

    subject: Subject
    level: str
    b_hu: float
    st_hu: Mapping[str, float]
    csf: float
    pedicles: Mapping[str, float]
    ct_grid: Grid
    mr_grid: Grid

    @property
    def hu(self) -> Contrast:
        """The CT's contrast."""
        return hu_contrast(self.b_hu, self.st_hu)

    @property
    def spin_echo(self) -> Contrast:
        """The MR's contrast."""
        return spin_echo_contrast(self.csf, self.pedicles)

    def truth(self, fault: str) -> dict[str, Any]:
        """What a perfect measurement would find."""
        trajectory = float(np.mean(list(self.st_hu.values())))
        pedicle = float(np.mean(list(self.pedicles.values())))
        return {
            "level": self.level,
            "csf_level": self.level,
            "b_hu": self.b_hu,
            "st_hu": trajectory,
            "hu_ratio": trajectory / self.b_hu,
            "pedicle_si": pedicle,
            "csf_si": self.csf,
            "pbq": pedicle / self.csf,
            "spoilt": fault,
        }


@dataclass(frozen=True)
class Examination:
    """A patient's files below `dicom/<id>` and `annotations/<id>`, and the truth."""

    dicom: Mapping[str, bytes]
    annotations: Mapping[str, bytes]
    truth: Mapping[str, Any]


def body(patient: Patient, fault: str, rng: np.random.Generator) -> Body:
    """Give a patient an anatomy that fits the table: lordosis, scoliosis, fat, bone density, marrow signal."""
    level = "L2" if fault == "l3_unusable" else "L3"
    bend = rng.uniform(5, 9) if patient.ads else rng.uniform(0, 1.5)
    spine = anatomy.spine(
        scale=float((1.02 if patient.sex == "M" else 0.97) + np.clip(rng.normal(0, 0.02), -0.03, 0.03)),
        lordosis=float(np.clip(patient.ll, 20, 65)),
        sacral_slope=float(np.clip(patient.ss, 15, 50)),
        coronal_tilt=float(rng.choice([-1, 1]) * bend),
        apical_rotation=float(rng.choice([-1, 1]) * 0.5 * bend),
        level=level,
    )
    uneven = float(np.clip(rng.normal(0, 0.03), -0.06, 0.06)) * patient.st_hu
    subject = Subject(
        spine=spine,
        fat_mm=float(np.clip(8 + 1.6 * (patient.bmi - 21), 5, 30)),
        muscle_fat=FAT_SHARE[patient.goutallier],
        bone_island=None if level == "L3" else "L3",
        streaks=int(rng.integers(2**31)),
    )
    csf = float(np.round(rng.uniform(105, 145), 1))
    spread = rng.normal(0, 0.04, len(readers.PEDICLE_LEVELS))
    signal = patient.pbq * csf * (1 + spread - spread.mean())
    upper, lower = spine["L2"], spine["L4"]
    centre_y = float(spine["L3"].centre[1]) + 26 + float(rng.uniform(-2, 2))
    jitter = float(rng.uniform(-1, 1))
    return Body(
        subject=subject,
        level=level,
        b_hu=patient.b_hu,
        st_hu={"left": patient.st_hu + uneven, "right": patient.st_hu - uneven},
        csf=csf,
        pedicles=dict(zip(readers.PEDICLE_LEVELS, signal.tolist(), strict=True)),
        ct_grid=scans.ct_grid(
            round(float(lower.at(0, 0, -16)[2]) + jitter, 1),
            float(upper.at(0, 0, 17)[2]),
            round(float(rng.uniform(-3, 3)), 1),
            round(centre_y, 1),
        ),
        mr_grid=scans.mr_grid(
            round(28 + float(rng.uniform(-1.5, 1.5)), 1),
            round(-50 + float(rng.uniform(-3, 3)), 1),
            round(float(spine["L1"].centre[2]) + 28, 1),
        ),
    )


def examination(
    patient_id: str, patient: Patient, surgery: datetime.date, fault: str, seed: int, rng: np.random.Generator
) -> Examination:
    """Scan a patient, let two readers draw, and export.

    Args:
        patient_id: the group's code.
        patient: values of the tables that the pictures must agree with.
        surgery: date of the operation; the scans are some days before it.
        fault: one of `FAULTS`, `no_right_trajectory`, or empty.
        seed: of the sample, for UIDs.
        rng: this patient's stream.
    """
    shown = body(patient, fault, rng)
    identity = Identity(patient_id, seed, patient.sex, patient.age)
    days = rng.integers([2, 2], [25, 40])
    ct_date, mr_date = (surgery - datetime.timedelta(days=int(count)) for count in days)
    ct_folders = _ct_folders(identity, shown, ct_date, fault, rng)
    mr_folders = _mr_folders(identity, shown, mr_date, rng)
    files = exports.in_folders([*ct_folders, *mr_folders], rng)
    if fault == "stray_file":
        files["DICOM/PA000000/ST000000/README"] = STRAY_TEXT
    return Examination(files, _annotations(shown, fault, rng), shown.truth(fault))


def _ct_folders(
    identity: Identity, shown: Body, date: datetime.date, fault: str, rng: np.random.Generator
) -> list[tuple[str, list[bytes]]]:
    """Localiser, soft and bone kernel, and their folders in one of three habits."""
    slices = shown.ct_grid.z.size
    thickness = scans.CT_SPACING_MM
    soft, bone = scans.ct_scans(
        shown.subject, shown.ct_grid, shown.hu, slice(slices // 2 - 6, slices // 2 + 7), rng
    )

    def axial(number: int, kernel: str, scan: Scan) -> list[bytes]:
        header = {**CT_FRAME, "Manufacturer": "SIEMENS", "ConvolutionKernel": kernel}
        header |= {"SpacingBetweenSlices": thickness, "WindowCenter": 300, "WindowWidth": 1500}
        description = f"L-Spine {thickness:.1f} {kernel}"
        image_type = ("ORIGINAL", "PRIMARY", "AXIAL")
        series = Series("CT", number, description, image_type, date, scan, thickness, header=header)
        return exports.instances(identity, series)

    topogram = {"KVP": 120, "Manufacturer": "SIEMENS", "ConvolutionKernel": "T20f"}
    scout = Series(
        "CT",
        1,
        "Topogram 0.6 T20f",
        ("ORIGINAL", "PRIMARY", "LOCALIZER"),
        date,
        scans.localiser(soft),
        0.6,
        header=topogram,
    )
    pictures = exports.instances(identity, scout)
    sharp = axial(3, "B70f", bone)
    if fault == "repeat_scan":  # the first scan moved; the readers drew on the second
        main = axial(2, "B30f", scans.repeated(soft, 5.5)) + axial(5, "B30f", soft)
    else:
        main = axial(2, "B30f", soft)
    if fault == "truncated_slice":
        main[0] = main[0][: len(main[0]) * 3 // 5]
    root = "DICOM/PA000000/ST000000"
    half = len(main) // 2
    habits = [
        [(f"{root}/SE000000", pictures + main + sharp)],
        [(f"{root}/SE000000", pictures), (f"{root}/SE000001", main), (f"{root}/SE000002", sharp)],
        [
            (f"{root}/SE000000", pictures + sharp),
            (f"{root}/SE000001", main[:half]),
            (f"{root}/SE000002", main[half:]),
        ],
    ]
    return habits[int(rng.integers(len(habits)))]


def _mr_folders(
    identity: Identity, shown: Body, date: datetime.date, rng: np.random.Generator
) -> list[tuple[str, list[bytes]]]:
    """T1 and T2, in one folder or two."""
    t1, t2 = scans.mr_scans(shown.subject, shown.mr_grid, shown.spin_echo, rng)
    slope = round(float(rng.uniform(0.5, 1.0)), 6)

    def sagittal(number: int, description: str, scan: Scan, tr: float, te: float, echoes: int) -> list[bytes]:
        header = {
            "Manufacturer": "Philips",
            "ScanningSequence": "SE",
            "SequenceVariant": "SK",
            "ScanOptions": "",
            "MRAcquisitionType": "2D",
            "RepetitionTime": tr,
            "EchoTime": te,
            "EchoTrainLength": echoes,
            "MagneticFieldStrength": 3,
            "SpacingBetweenSlices": scans.MR_SPACING_MM,
            "WindowCenter": 400,
            "WindowWidth": 900,
        }
        image_type = ("ORIGINAL", "PRIMARY", "M_SE", "M", "SE")
        series = Series(
            "MR", number, description, image_type, date, scan, 3.6, slope, header, scale_slope=0.0125
        )
        return exports.instances(identity, series)

    pictures = sagittal(301, "T1W_TSE SAG", t1, 600, 10, 4), sagittal(201, "T2W_TSE SAG", t2, 3000, 100, 18)
    root = "DICOM/PA000000/ST000001"
    if rng.random() < 0.5:
        return [(f"{root}/SE000000", pictures[0] + pictures[1])]
    return [(f"{root}/SE000000", pictures[1]), (f"{root}/SE000001", pictures[0])]


def _annotations(shown: Body, fault: str, rng: np.random.Generator) -> dict[str, bytes]:
    spine = shown.subject.spine
    planned = (
        *readers.ct_regions(spine, shown.level, shown.ct_grid),
        *readers.mr_regions(spine, shown.level, shown.mr_grid),
    )
    if fault == "no_right_trajectory":
        planned = tuple(region for region in planned if not region.name.endswith("trajectory_right"))
    first = [readers.drawn(region, rng) for region in planned]
    second = [readers.drawn(region, rng) for region in planned]
    if fault == "roi_outside":
        second = _misplaced(second, f"{shown.level}_body_inferior")
    files = {f"R1/{name}": data for name, data in markups.reader_one(first).items()}
    return files | {f"R2/{name}": data for name, data in markups.reader_two(second).items()}


def _misplaced(regions: Sequence[Region], name: str) -> list[Region]:
    return [readers.elsewhere(region) if region.name == name else region for region in regions]
