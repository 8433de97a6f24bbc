#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Wrong use does not compile, and the compiler says why in a sentence.

    check_compile_fail.py [--only NAME]... [--show] -- COMPILER FLAGS...

Each file of compile_fail/ begins with what its user must read, "// expect: SENTENCE"; where the
compiler itself says it, " | " stands between the words of one and another. The file compiles with
-DCORRECT, so that it fails for that reason alone, and the sentence comes with the first error.
"// only: clang" is for what one compiler does not see. --show prints what the compiler said.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent / "compile_fail"
ROOT = FOLDER.parent.parent
ERROR = re.compile(r"^[^\n]*: (?:fatal )?error: ", re.MULTILINE)


def run_compiler(command, *more):
    done = subprocess.run(
        [*command, "-I", str(ROOT / "include"), *more], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        env={**os.environ, "LC_ALL": "C"})
    return done.returncode, done.stdout


def precompile(command, folder):
    """The flags that make all cases share one parse of the umbrella header."""
    header = pathlib.Path(folder) / "umbrella.hpp"
    header.write_text("#include <capricorn/capricorn.hpp>\n", encoding="utf-8")
    suffix = {"clang": ".pch", "gcc": ".gch"}[compiler_name(command)]
    code, output = run_compiler(command, "-x", "c++-header", str(header), "-o", f"{header}{suffix}")
    if code != 0:
        sys.exit(output)
    return ["-fsyntax-only", "-include", str(header)]


def words(text):
    return " ".join(text.split())


def first_error(output):
    """Up to the second error; a consteval call is one more, its reason is g++'s second."""
    places = [match.start() for match in ERROR.finditer(output)]
    kept = 2 if places and "consteval" in output[places[0]:].split("\n", 1)[0] else 1
    return output[:places[kept]] if len(places) > kept else output


def check(command, path):
    """What is wrong with the case, "" where nothing is, and what the compiler said."""
    lines = path.read_text(encoding="utf-8").split("\n")
    if not lines[0].startswith("// expect: "):
        return 'its first line is not "// expect: SENTENCE"', ""
    expected = lines[0].removeprefix("// expect: ").split(" | ")
    code, output = run_compiler(command, "-DCORRECT", str(path))
    if code != 0:
        return "the correct variant does not compile", output
    code, output = run_compiler(command, str(path))
    if code == 0:
        return "the wrong variant compiles", output
    if not any(words(text) in words(first_error(output)) for text in expected):
        return f"the first error does not say: {' | '.join(expected)}", output
    return "", output


def compiler_name(command):
    done = subprocess.run([*command[:1], "--version"], text=True, stdout=subprocess.PIPE, check=False)
    return "clang" if "clang" in done.stdout else "gcc"


def main():
    if "--" not in sys.argv:
        sys.exit(__doc__)
    split = sys.argv.index("--")
    options, command = sys.argv[1:split], sys.argv[split + 1:]
    only = [name for option, name in zip(options, options[1:]) if option == "--only"]
    if os.path.basename(command[0]) == "ccache":  # nothing is produced that it could keep
        command = command[1:]
    other = {"clang": "gcc", "gcc": "clang"}[compiler_name(command)]
    chosen = [path for path in sorted(FOLDER.glob("*.cpp"))
              if (not only or path.stem in only)
              and f"\n// only: {other}\n" not in path.read_text(encoding="utf-8")]
    failed = 0
    with (tempfile.TemporaryDirectory() as folder,
          concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool):
        command = [*command, *precompile(command, folder)]
        for path, (fault, output) in zip(chosen, pool.map(lambda path: check(command, path), chosen)):
            if fault:
                failed += 1
                print(f"--- {path.name}: {fault}\n{output}")
            elif "--show" in options:
                print(f"--- {path.name}\n{output}")
    print(f"{len(chosen)} wrong uses, {failed} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
