#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each C++ sample of the READMEs, CONTRIBUTING and docs/ stands, word for word, in a program of examples/
or in a whole of its own page that the tests compile (docs/pages.py); each link to a file leads to one."""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "docs"))
import pages  # noqa: E402

programs = [path.read_text(encoding="utf-8")
            for pattern in ("*.cpp", "*.hpp") for path in sorted((pages.ROOT / "examples").rglob(pattern))]
compiled = pages.compiled_pages()
wrong = []
samples = 0
for path in sorted({pages.ROOT / "README.md", *(pages.ROOT / "docs").rglob("*.md"),
                    *(pages.ROOT / "examples").rglob("*.md"), pages.ROOT / "CONTRIBUTING.md",
                    pages.ROOT / "loadtest/README.md", *compiled}):
    page = pages.read_page(path)
    prose = re.sub(r"^```.*?^```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    for link in re.findall(r"\]\(([^\s)#:]+)(?:#\S*)?\)", prose):
        if not (path.parent / link).exists():
            wrong.append(f"{path.relative_to(pages.ROOT)}: there is no {link}")
    wholes = [whole.code for whole in page.wholes]
    known = programs + (wholes if path in compiled else [])
    samples += len(wholes) + len(page.pieces)
    for line, code in page.pieces + [(whole.line, whole.code) for whole in page.wholes]:
        if not any(code in program for program in known):
            wrong.append(f"{path.relative_to(pages.ROOT)}:{line}: no program has this sample:\n{code}")
if samples == 0:
    wrong.append("no samples found")
sys.exit("\n".join(wrong) or None)
