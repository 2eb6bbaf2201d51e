"""Runs programs and measures them; compares figures with targets."""

import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / ".build/release/exportbench"


def say(text):
    """Prints progress to standard error."""
    print(f"perf: {text}", file=sys.stderr, flush=True)


class Taken:
    """Measurements of one process: wall and CPU seconds, peak resident bytes, output."""

    def __init__(self, wall, cpu, peak, output, errors):
        self.wall, self.cpu, self.peak = wall, cpu, peak
        self.output, self.errors = output, errors


def run(command, stdin=None, stdout=None, watched=False, environment=None):
    """Runs a command to its end; exits if it fails.

    CPU is the kernel's value for the process and the children that it waited for. The peak is
    VmHWM, sampled until the process ends, and only if `watched`: the value from `wait` includes the
    process before it executed this program.
    """
    keep = stdout is None
    started = time.monotonic()
    process = subprocess.Popen(
        [str(word) for word in command], stdin=stdin or subprocess.DEVNULL,
        stdout=subprocess.PIPE if keep else stdout, stderr=subprocess.PIPE,
        env={**os.environ, **(environment or {})})
    peak = 0
    if watched:
        # An unread pipe would block a program with much output; these have little.
        while True:
            now = peak_of(process.pid)
            if now is None:
                break
            peak = max(peak, now)
            time.sleep(0.002)
    errors = process.stderr.read().decode()
    output = process.stdout.read().decode() if keep else ""
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        words = " ".join(str(word) for word in command[:3])
        raise SystemExit(f"perf: {words} … ended with {process.returncode}:\n{errors[-2000:]}")
    return Taken(wall, usage.ru_utime + usage.ru_stime, peak, output, errors)


def peak_of(pid):
    """Peak resident bytes of a process; None once it has ended."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def cpu_of(pid):
    """CPU seconds of a running process."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def median(values):
    return statistics.median(values)


def ratios(left, right):
    """The ratio within each round, so that drift over the rounds cancels out."""
    return [a / b for a, b in zip(left, right)]


class Table:
    """Table of results: what was measured, the target, whether it is met."""

    def __init__(self):
        self.missed = 0
        print(f"{'what':<58} {'measured':>22}  {'target':<12} verdict", flush=True)

    def row(self, what, values, target=None, least=True, unit="x", digits=3):
        """A median over rounds with its range. `least`: the target is a lower bound."""
        value = median(values)
        shown = f"{value:.{digits}f}{unit}"
        if len(values) > 1:
            shown += f" [{min(values):.{digits}f}, {max(values):.{digits}f}]"
        verdict = bound = ""
        if target is not None:
            met = value >= target if least else value <= target
            self.missed += not met
            bound = f"{'>=' if least else '<='} {target:g}{unit}"
            verdict = "met" if met else "MISSED"
        print(f"{what:<58} {shown:>22}  {bound:<12} {verdict}".rstrip(), flush=True)

    def note(self, text):
        print(f"  {text}", flush=True)
