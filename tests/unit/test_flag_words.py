from __future__ import annotations

import pytest
from bonehold.flag_words import KNOWN, SEVERITIES, explained, gravest_first

RAISED = """
    small_roi oblique metal metal_near cortex outside_bone csf_near_noise several_slices sharp_kernel
    contrast kvp_80 kvp_100 thick_slices no_rescale missing_slices duplicate_slices tilted
    unlocated_slices uneven_spacing lossy_compression philips_scale monochrome1 cylinder_coarse left_right_difference
    reader_difference single_reader level_discordant below_guard ratio_out_of_range csf_without_signal
    pbq_ready_made differs_from_image refused missing pacs superseded excluded_by_override duplicate
    consensus adjudicator
"""
"""Every flag that measuring and merging raise."""


@pytest.mark.parametrize("name", RAISED.split())
def test_every_flag_is_explained(name: str) -> None:
    flag = explained(name)
    assert flag.name == name and flag.words != name
    assert flag.meaning.endswith(".") and flag.remedy.endswith((".", "?"))


def test_each_flag_stands_once_and_none_is_explained_that_is_never_raised() -> None:
    names = [flag.name for flag in KNOWN]
    assert len(set(names)) == len(names)
    assert set(names) - {"kvp"} == {name for name in RAISED.split() if not name.startswith("kvp_")}


def test_what_is_not_known_is_shown_as_it_is() -> None:
    flag = explained("flag_of_tomorrow")
    assert (flag.words, flag.severity) == ("flag_of_tomorrow", "attention")


def test_the_gravest_come_first_and_each_once() -> None:
    flags = gravest_first(["pacs", "small_roi", "new", "refused", "kvp_80", "small_roi", "metal"])
    assert [flag.name for flag in flags] == ["refused", "metal", "small_roi", "kvp_80", "new", "pacs"]
    ranks = [SEVERITIES.index(flag.severity) for flag in flags]
    assert ranks == sorted(ranks)
