"""The vertebral level a patient is measured at: one for all readers, so that their values can be combined."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bonehold.cohort.readers import RESERVED, deciding


@dataclass(frozen=True)
class Level:
    """The chosen level with its reason; `name` is empty when nothing was drawn at any admitted level.

    `discordant`: complete for some readers only.
    """

    name: str = ""
    reason: str = ""
    discordant: bool = False


def choose_level(
    complete: Mapping[str, Collection[str]],
    drawn: Collection[str],
    order: Sequence[str],
    override: str | None = None,
) -> Level:
    """The first level that is complete for every reader, else for any; an override wins.

    A reserved reader who is complete somewhere decides alone, because that reading is the analysis value.

    Args:
        complete: for each reader who drew anything on these images, the levels at which nothing is missing.
        drawn: levels at which anyone drew anything, for a patient who is complete nowhere.
        order: admitted levels, preferred first.
        override: the group's own choice.
    """
    if override:
        return Level(override, "set by an override")
    decided = deciding(reader for reader, levels in complete.items() if set(levels) & set(order))
    counted = [decided] if decided else [reader for reader in sorted(complete) if reader not in RESERVED]
    counted = counted or sorted(complete)
    if not counted:
        return Level()
    for level in order:
        if all(level in complete[reader] for reader in counted):
            return Level(level, f"complete for {decided or 'every reader'}")
    for level in order:
        readers = [reader for reader in counted if level in complete[reader]]
        if readers:
            return Level(level, f"complete for {' and '.join(readers)} only", discordant=True)
    for level in order:
        if level in drawn:
            return Level(level, "complete for no reader at any level")
    return Level("", f"nothing drawn at {', '.join(order)}")
