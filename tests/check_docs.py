#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each C++ sample of the README and of docs/ stands, word for word, in a program of examples/."""
import re
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
programs = [path.read_text() for path in sorted((root / "examples").rglob("*.cpp"))]
wrong = []
samples = 0
for page in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
    for sample in re.findall(r"^```cpp\n(.*?)^```", page.read_text(), re.M | re.S):
        samples += 1
        if not any(sample in program for program in programs):
            wrong.append(f"{page.relative_to(root)}: no example has this sample:\n{sample}")
if samples == 0:
    wrong.append("no samples found")
sys.exit("\n".join(wrong) or None)
