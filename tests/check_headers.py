#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each public header compiles alone, as users include it, and twice.

    check_headers.py [--only FOLDER/NAME.hpp]... -- COMPILER FLAGS...
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys

FOLDERS = ["loop", "http", "handlers", "server", "config"]
ROOT = pathlib.Path(__file__).resolve().parent.parent


def headers():
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.hpp")):
            yield str(path.relative_to(ROOT))
    if (ROOT / "include/capricorn/capricorn.hpp").is_file():
        yield "capricorn.hpp"


def compile_alone(command, header):
    # From standard input, since "#pragma once" in the main file is a warning.
    line = f"#include <capricorn/{header}>\n"
    done = subprocess.run(
        [*command, "-fsyntax-only", "-I", str(ROOT / "include"), "-x", "c++", "-"],
        input=line + line, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return header, done.returncode, done.stdout


def main():
    if "--" not in sys.argv:
        sys.exit(__doc__)
    split = sys.argv.index("--")
    options, command = sys.argv[1:split], sys.argv[split + 1:]
    only = [name for option, name in zip(options, options[1:]) if option == "--only"]
    if os.path.basename(command[0]) == "ccache":  # nothing is produced that it could keep
        command = command[1:]
    chosen = only or list(headers())
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for header, code, output in pool.map(lambda name: compile_alone(command, name), chosen):
            if code != 0:
                failed += 1
                print(f"--- {header} does not compile alone:\n{output}")
    print(f"{len(chosen)} headers, {failed} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
