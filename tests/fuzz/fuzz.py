"""Feed every reader thousands of damaged files: each must end in a result or one clear error, soon, in little memory.

A finding is an exception that the program does not expect, more than 10 seconds of work, more than 1 GB, or the
death of the process. Each input follows from seed, reader and number alone, so a finding is repeated with
`--reader NAME --only NUMBER`, which also keeps the files.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import faulthandler
import mmap
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from random import Random
from types import FrameType

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "scripts")]

SECONDS = 10
KILOBYTES = 1_000_000
MOST_SHOWN = 5


class TooSlow(BaseException):
    """The input took too long; no `except Exception` in a reader can swallow it."""


def main() -> int:
    """Fuzz the readers asked for, each in a process of its own; gives the exit code."""
    arguments = _arguments()
    if arguments.child:
        return _child(arguments)
    from targets import targets

    names = [target.name for target in targets() if arguments.reader in ("", target.name)]
    print(f"{arguments.inputs} inputs for each of {len(names)} readers, seed {arguments.seed}", flush=True)
    bad = 0
    waiting, running = list(names), []
    while waiting or running:
        while waiting and len(running) < arguments.jobs:
            running.append(_start(waiting.pop(0), arguments))
        time.sleep(0.05)
        for one in [one for one in running if one.process.poll() is not None]:
            running.remove(one)
            bad += _finished(one, arguments)
    print("no findings" if not bad else f"{bad} readers with findings", flush=True)
    return int(bad > 0)


class Running:
    """A reader that is being fuzzed: its process, the number of the input it is at, and when it began."""

    def __init__(self, name: str, arguments: argparse.Namespace) -> None:
        self.name, self.began = name, time.monotonic()
        self.counter = tempfile.NamedTemporaryFile(prefix="fuzz-", suffix=".counter")  # noqa: SIM115 (kept open)
        self.counter.write(bytes(8))
        self.counter.flush()
        command = [sys.executable, __file__, "--child", self.counter.name, "--reader", name]
        command += ["--inputs", str(arguments.inputs), "--seed", str(arguments.seed)]
        command += ["--only", str(arguments.only)] if arguments.only is not None else []
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )

    def at(self) -> int:
        return int(struct.unpack("<q", Path(self.counter.name).read_bytes())[0])


def _start(name: str, arguments: argparse.Namespace) -> Running:
    return Running(name, arguments)


def _finished(one: Running, arguments: argparse.Namespace) -> bool:
    output = one.process.stdout.read() if one.process.stdout else ""
    bad = one.process.returncode != 0
    print(f"{one.name:<28} {one.at():>7} inputs {time.monotonic() - one.began:8.1f} s", end="  ")
    print("FINDINGS" if bad else output.strip().splitlines()[-1], flush=True)
    if bad:
        print(output, flush=True)
        if one.process.returncode not in (0, 1):
            print(f"the process died ({one.process.returncode}) at input {one.at()}", flush=True)
    return bad


def _child(arguments: argparse.Namespace) -> int:
    from targets import targets

    warnings.simplefilter("ignore")
    target = next(target for target in targets() if target.name == arguments.reader)
    resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))
    signal.signal(signal.SIGPROF, _too_slow)
    place = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="fuzz-", dir=place))
    if arguments.only is None:
        atexit.register(shutil.rmtree, folder)
    else:
        print(f"files: {folder}")
    findings: Counter[str] = Counter()
    slowest = 0.0
    with open(arguments.child, "r+b") as handle, mmap.mmap(handle.fileno(), 8) as counter:  # noqa: PTH123
        once = target.prepare(folder)
        numbers = range(arguments.inputs) if arguments.only is None else [arguments.only]
        for number in numbers:
            counter[:8] = struct.pack("<q", number + (arguments.only is None))
            began = time.monotonic()
            found = _finding(lambda number=number: once(Random(f"{arguments.seed} {target.name} {number}")))
            slowest = max(slowest, time.monotonic() - began)
            if _most_memory() > KILOBYTES:
                print(f"input {number}: more than 1 GB")
                return 1
            if found and found not in findings:
                print(f"input {number}: {found}")
            findings[found] += bool(found)
            if len(+findings) >= MOST_SHOWN:
                break
    print(f"slowest {slowest:.2f} s, at most {_most_memory() // 1000} MB")
    return int(bool(+findings))


def _most_memory() -> int:
    """Kilobytes that this process, or one that it started, has held at most."""
    status = Path("/proc/self/status")
    started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    if not status.exists():
        return max(started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    # VmHWM, unlike ru_maxrss, begins anew with the program: it is not that of who started this one.
    return max(started, int(status.read_text().split("VmHWM:")[1].split()[0]))


def _finding(attempt: object) -> str:
    """What is wrong with how an attempt ended; empty if nothing is."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    faulthandler.dump_traceback_later(12 * SECONDS, exit=True)  # for code that no signal interrupts
    try:
        with contextlib.redirect_stdout(None), contextlib.redirect_stderr(None):
            attempt()  # type: ignore[operator]
    except TooSlow:
        return f"more than {SECONDS} s"
    except BaseException as fault:
        return "".join(traceback.format_tb(fault.__traceback__)[-4:]) + repr(fault)[:300]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()
    return ""


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlow


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000, help="for each reader")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="readers at a time")
    parser.add_argument("--reader", default="", help="this one alone, e.g. 'roi label_map'")
    parser.add_argument("--only", type=int, default=None, help="one input, by its number")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
