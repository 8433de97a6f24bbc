# SPDX-License-Identifier: MIT
"""Counts under callgrind what work costs that may be large: many tasks, tiny pieces, long lists.

Each piece of work is done for a size, for twice and for four times as much. What the second doubling
adds is to what the first one added as two to one where the work grows with the size, and as four to
one where it grows with its square. No clock is asked, so that the machine may do other things. What
grows too fast is counted once more alone, for the memory that others have left costs, too."""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SKIPPED = 77
MOST = 2.4  # what a tree has to look through adds a little


def counted(folder):
    """The instructions between one mark and the next, in order."""
    dumps = sorted(folder.glob("out.*"), key=lambda path: int(path.suffix[1:]))
    found = (re.search(r"^summary: (\d+)", path.read_text(errors="replace"), re.MULTILINE)
             for path in dumps)
    return [int(summary.group(1)) for summary in found]


def measure(program, names):
    """Name → the instructions for each of the three sizes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--dump-before=*growth_mark()",
             f"--callgrind-out-file={folder}/out", program, *names],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode:
            sys.exit(f"{program} failed: {done.stderr.decode(errors='replace')}")
        parts = counted(folder)
    order = done.stdout.decode().splitlines()
    if len(parts) < 6 * len(order):
        sys.exit(f"{6 * len(order)} marks were set, and callgrind saw {len(parts)}")
    return {each: parts[6 * i + 1:6 * i + 7:2] for i, each in enumerate(order)}


def told(measured):
    """Prints them all; the names of those that grow too fast."""
    growths = {name: (third - second) / max(second - first, 1)
               for name, (first, second, third) in measured.items()}
    for name, growth in growths.items():
        print(f"{name:45}", *(f"{count:12,}" for count in measured[name]), f"{growth:6.2f}")
    return [name for name, growth in growths.items() if growth > MOST]


def main():
    program, sanitizer, *names = sys.argv[1:]
    if not shutil.which("valgrind") or sanitizer != "none":
        print("skipped: valgrind is not installed, or it is built for a sanitizer")
        return SKIPPED
    too_fast = [name for name in told(measure(program, names)) if told(measure(program, [name]))]
    if too_fast:
        print("grows faster than its size:", ", ".join(too_fast))
    return 1 if too_fast else 0


if __name__ == "__main__":
    sys.exit(main())
