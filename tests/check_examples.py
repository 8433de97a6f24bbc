#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs an example and compares what it prints with the comment at the end of its source.

usage: check_examples.py SOURCE PROGRAM

`~0.30` in the comment stands for a time in seconds: never less, and at most 0.2 more; `~150.0ms` for
one in milliseconds; `<n>` for any whole number. A machine that is busy with something else gets
three chances."""
import re
import subprocess
import sys
from pathlib import Path

SLACK = 0.2


def expected_lines(source):
    found = re.search(r"/\* Output:\n(.*?)\*/\s*$", source.read_text(), re.S)
    if not found:
        sys.exit(f"{source.name} does not end with an Output comment")
    return found[1].splitlines()


def line_matches(expected, printed):
    wanted, pattern = [], ""
    for piece in re.split(r"(~\d+\.\d+(?:ms)?|<n>)", expected):
        if piece == "<n>":
            pattern += r"\d+"
        elif piece.startswith("~"):
            unit = 1000 if piece.endswith("ms") else 1
            wanted.append((float(piece.strip("~ms")), unit))
            pattern += r"(\d+\.\d+)" + ("ms" if unit == 1000 else "")
        else:
            pattern += re.escape(piece)
    found = re.fullmatch(pattern, printed)
    if not found:
        return False
    return all(time - 0.005 * unit <= got <= time + SLACK * unit
               for (time, unit), got in zip(wanted, map(float, found.groups())))


def difference(expected, printed):
    for number, (a, b) in enumerate(zip(expected, printed), 1):
        if not line_matches(a, b):
            return f"line {number}: expected '{a}', got '{b}'"
    if len(expected) != len(printed):
        return f"expected {len(expected)} lines, got {len(printed)}:\n" + "\n".join(printed)
    return None


def main():
    source, program = Path(sys.argv[1]), sys.argv[2]
    expected = expected_lines(source)
    wrong = "never ran"
    for _ in range(3):
        result = subprocess.run([program], capture_output=True, text=True, timeout=60)
        if result.returncode != 0:
            sys.exit(f"{program} ended with {result.returncode}: {result.stderr}")
        wrong = difference(expected, result.stdout.splitlines())
        if wrong is None:
            return
    sys.exit(wrong)


main()
