"""Decode in a process of its own: a decoder that a damaged stream makes abort, crash or run on takes only that along.

The decoders are C and C++ libraries; what they do at worst is no exception. Forking costs some milliseconds for a
compressed frame, of which a patient needs a few.
"""

from __future__ import annotations

import faulthandler
import gc
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_SECONDS = 30.0
"""For one frame; the largest that is read takes a tenth of it."""

Stored = NDArray[np.integer[Any]]


class NotDecoded(Exception):
    """The decoder failed, died or did not end."""


def apart(decode: Callable[[], Stored], most_seconds: float = MOST_SECONDS) -> Stored:
    """The result of a function, called in a forked process (in this one where the system cannot fork).

    Raises:
        NotDecoded: it raised anything, ended the process, or took too long.
        Exception: where the system cannot fork, whatever it raised.
    """
    if not hasattr(os, "fork"):
        return decode()
    import multiprocessing

    forking = multiprocessing.get_context("fork")
    receiver, sender = forking.Pipe(duplex=False)
    child = forking.Process(target=_send, args=(sender, decode), daemon=True)
    child.start()
    sender.close()
    try:
        found = receiver.recv() if receiver.poll(most_seconds) else None
    except EOFError:
        found = None
    finally:
        receiver.close()
        child.kill()
        child.join()
    if found is None:
        raise NotDecoded
    return np.asarray(found)


def _send(sender: Connection, decode: Callable[[], Stored]) -> None:
    """Send what was decoded, or None; what the decoders print goes nowhere."""
    faulthandler.disable()
    gc.disable()  # looking through what the parent holds would copy all of it
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        sender.send(decode())
    except Exception:
        sender.send(None)
