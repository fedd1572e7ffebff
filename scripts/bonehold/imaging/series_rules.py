"""By which rules a series is chosen: the table `series` of the configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from bonehold.roi_names import Modality

NUMBERED_KERNELS = re.compile(r"([A-Z]*)([0-9]+)-([0-9]+)(\*?)")
"""`B20-41*`: a letter code, the lowest and highest number, and whether anything may follow."""


@dataclass(frozen=True)
class Scored:
    """Points that a series gets where a criterion holds."""

    criterion: str
    points: float


@dataclass(frozen=True)
class ChoiceTable:
    """What speaks against a series of one modality.

    Attributes:
        refuse: criteria that rule a series out.
        score: criteria that cost (or bring) points.
        fewest_slices: the criterion `few_slices` holds below this number.
    """

    refuse: tuple[str, ...]
    score: tuple[Scored, ...]
    fewest_slices: int


@dataclass(frozen=True)
class Kernels:
    """Reconstruction kernels by their vendors' names: `*` for anything, `B20-41*` for a range of numbers."""

    soft: tuple[str, ...] = (
        *("B20-41*", "Br36-44*", "I26-41*"),
        *("SOFT", "STANDARD", "STND", "DETAIL", "A", "B", "C", "FC1-18"),
    )
    sharp: tuple[str, ...] = (
        *("B50-99*", "Br50-79*", "Bl*", "I50-99*"),
        *("BONE*", "EDGE", "LUNG", "D", "L", "YA", "YB", "YC", "YD", "FC30-99"),
    )

    def class_of(self, kernel: str) -> str:
        """`soft`, `sharp` or `unknown`; case does not matter, and sharp wins where both lists have the kernel."""
        name = kernel.strip().upper()
        if any(_is_kernel(name, pattern.upper()) for pattern in self.sharp):
            return "sharp"
        return "soft" if any(_is_kernel(name, pattern.upper()) for pattern in self.soft) else "unknown"


@dataclass(frozen=True)
class T1Rules:
    """What makes an MR T1-weighted, in ms.

    Attributes:
        repetition_ms: TR of a spin echo, from and to.
        echo_ms: TE must be shorter.
        flair_inversion_ms: TI of a T1-FLAIR, from and to; TR may then be any.
        stir_inversion_ms: TI that suppresses fat, from and to.
        t2_echo_ms: from this TE on the image is T2-weighted.
    """

    repetition_ms: tuple[float, float] = (300.0, 1200.0)
    echo_ms: float = 30.0
    flair_inversion_ms: tuple[float, float] = (600.0, 1200.0)
    stir_inversion_ms: tuple[float, float] = (80.0, 300.0)
    t2_echo_ms: float = 60.0


@dataclass(frozen=True)
class Words:
    """Words of a series' description that tell what it is; `*` stands for any further letters.

    Attributes:
        without: words that turn the one after them round (`without contrast`).
    """

    contrast: tuple[str, ...] = (
        *("GD", "GADO*", "KM", "CE", "CONTRAST"),
        *("VENOUS", "PORTAL", "ARTERIAL", "POST"),
    )
    without: tuple[str, ...] = ("WITHOUT", "WO", "NO", "NON", "OHNE", "SANS", "SIN", "SENZA")
    fat_suppressed: tuple[str, ...] = ("STIR", "SPIR", "SPAIR", "TIRM", "FS", "FATSAT", "FATSUP*")
    dixon: tuple[str, ...] = ("*DIXON*", "IDEAL")
    t1: tuple[str, ...] = ("T1*",)
    t2: tuple[str, ...] = ("T2*",)


def _ct_table() -> ChoiceTable:
    return ChoiceTable(
        refuse=("localiser", "derived", "after_surgery", "not_axial", "few_slices", "metal"),
        score=(
            Scored("region_outside", -100),
            Scored("sharp_kernel", -40),
            Scored("contrast", -25),
            Scored("processed", -20),
            Scored("unknown_kernel", -20),
            Scored("other_kvp", -15),
            Scored("irregular", -10),
            Scored("no_rescale", -10),
            Scored("thick_slices", -10),
            Scored("medium_slices", -5),
            Scored("day_of_surgery", -5),
        ),
        fewest_slices=3,
    )


def _mr_table() -> ChoiceTable:
    return ChoiceTable(
        refuse=(
            *("localiser", "derived", "not_magnitude", "after_surgery"),
            *("not_sagittal", "not_t1", "t2", "fat_suppressed"),
        ),
        score=(
            Scored("region_outside", -100),
            Scored("few_slices", -30),
            Scored("contrast", -25),
            Scored("processed", -20),
            Scored("irregular", -10),
            Scored("day_of_surgery", -5),
        ),
        fewest_slices=9,
    )


@dataclass(frozen=True)
class SeriesRules:
    """All that the choice of a series goes by.

    Attributes:
        thickness_mm: slices are thin up to the first and thick above the second.
        kvp: tube voltage that costs nothing.
    """

    ct: ChoiceTable = field(default_factory=_ct_table)
    mr: ChoiceTable = field(default_factory=_mr_table)
    kvp: float = 120.0
    thickness_mm: tuple[float, float] = (1.5, 3.0)
    kernels: Kernels = field(default_factory=Kernels)
    t1: T1Rules = field(default_factory=T1Rules)
    words: Words = field(default_factory=Words)

    def table(self, modality: Modality) -> ChoiceTable:
        """The table of a modality."""
        return self.ct if modality == "CT" else self.mr


def series_rules(options: Mapping[str, Any]) -> SeriesRules:
    """The rules as the key `series` of the (complete) configuration has them."""
    t1, words = options["t1"], options["words"]
    return SeriesRules(
        ct=_table(options["ct"]),
        mr=_table(options["mr"]),
        kvp=options["kvp"],
        thickness_mm=_pair(options["thickness_mm"]),
        kernels=Kernels(tuple(options["kernels"]["soft"]), tuple(options["kernels"]["sharp"])),
        t1=T1Rules(
            _pair(t1["tr_ms"]), t1["te_ms"], _pair(t1["flair_ti_ms"]), _pair(t1["stir_ti_ms"]), t1["t2_te_ms"]
        ),
        words=Words(**{kind: tuple(word.upper() for word in listed) for kind, listed in words.items()}),
    )


def _table(options: Mapping[str, Any]) -> ChoiceTable:
    score = tuple(Scored(line["when"], line["points"]) for line in options["score"])
    return ChoiceTable(tuple(options["refuse"]), score, options["fewest_slices"])


def _pair(numbers: Sequence[float]) -> tuple[float, float]:
    low, high = numbers
    return low, high


def _is_kernel(name: str, pattern: str) -> bool:
    numbered = NUMBERED_KERNELS.fullmatch(pattern)
    if numbered is None:
        return fnmatchcase(name, pattern)
    code, low, high, more = numbered.groups()
    found = re.match(r"[0-9]{1,9}", name.removeprefix(code)) if name.startswith(code) else None
    if found is None or not int(low) <= int(found[0]) <= int(high):
        return False
    return bool(more) or len(name) == len(code) + found.end()
