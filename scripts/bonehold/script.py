"""What every rule script does around its one call: send its words to the rule's log."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from bonehold.problems import InputError


@contextlib.contextmanager
def logged(log: str) -> Iterator[None]:
    """Run a script's body with standard output and error in the rule's log.

    Bad input ends the script with its lines, on the terminal and in the log; an unforeseen fault leaves its
    traceback in the log only, and one line that names the log on the terminal.

    Args:
        log: path of the rule's log file.
    """
    terminal = sys.stderr
    with (
        Path(log).open("w", encoding="utf-8") as handle,
        contextlib.redirect_stdout(handle),
        contextlib.redirect_stderr(handle),
    ):
        try:
            yield
            return
        except InputError as error:
            message = str(error)
            print(message)
        except Exception as error:
            message = f"unforeseen fault ({type(error).__name__}), see {log}"
            print_fault(error)
    print(message, file=terminal)
    sys.exit(1)


@contextlib.contextmanager
def parsing() -> Iterator[None]:
    """Run what the workflow does while it is parsed: bad input ends it with its lines, an unforeseen fault with its
    place and kind. Snakemake would print, and keep in its own log, the fault's text, which may name a file.
    """
    try:
        yield
        return
    except InputError as error:
        message = str(error)
    except Exception as fault:
        message = (
            f"{fault_lines(fault)}\nunforeseen fault ({type(fault).__name__}); please report these lines"
        )
    sys.exit(message)


def print_fault(fault: Exception) -> None:
    """Print where an unforeseen fault happened and of what kind it is."""
    print(fault_lines(fault))


def fault_lines(fault: Exception) -> str:
    """Where an unforeseen fault happened and of what kind it is, without its text: that may name a file."""
    return "".join(traceback.format_tb(fault.__traceback__)) + type(fault).__name__
