#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/compile-errors.md has each sentence of tests/compile_fail/ and no other.

Those that compilers have words of their own for, "a | b" in the test, need not be there. What a
row's first cell has in code, "…" left aside, is the beginning of what a test expects, or the other
way round."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
COMPILERS = ("no matching", "this object can't", "temporary whose address", "non-const reference")


def said():
    """What the tests expect, by their names."""
    expected = {}
    for path in sorted((ROOT / "tests/compile_fail").glob("*.cpp")):
        sentence = path.read_text(encoding="utf-8").split("\n")[0].removeprefix("// expect: ")
        if not sentence.startswith(COMPILERS):
            expected[path.stem] = sentence.split(" | ")[0]
    return expected


def written():
    page = (ROOT / "docs/compile-errors.md").read_text(encoding="utf-8")
    for row in re.findall(r"^\| (`.*?) \| ", page, re.M):
        yield re.match(r"`(.*?)`(?: |$)", row)[1]


def main():
    expected, rows = said(), list(written())
    wrong = [f"docs/compile-errors.md has no row for {name}.cpp: {sentence}"
             for name, sentence in expected.items()
             if not any(sentence.startswith(row) or row.startswith(sentence) for row in rows)]
    wrong += [f"no test in tests/compile_fail/ expects: {row}" for row in rows
              if not any(sentence.startswith(row) or row.startswith(sentence)
                         for sentence in expected.values())]
    wrong += [f"two rows say: {row}" for row in sorted(set(rows)) if rows.count(row) > 1]
    print("\n".join(wrong + [f"{len(rows)} sentences, {len(wrong)} faults"]))
    return 1 if wrong or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
