#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How much a user's file compiles: the umbrella header, and ten routes with ten models.

    check_weight.py -- COMPILER FLAGS...

The umbrella's text after the preprocessor is bounded, for that is what every file of a user pays;
its heaviest headers are named where it is over. The ten routes are compiled at -O0 and -O2 and the
processor's seconds printed, best of two. They depend on the machine; what is bounded is the size of
the object file that clang makes, which says how much was instantiated and inlined.
"""

import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
MOST_BYTES = 3_300_000
MOST_OBJECT_BYTES = {"-O0": 1_200_000, "-O2": 370_000}
UMBRELLA = "#include <capricorn/capricorn.hpp>\n"

MODEL = """struct Model{n} {{
  std::int64_t id;
  std::string name;
  Field<double, Gt{{0}}> price;
  std::optional<std::string> note;
  std::vector<std::string> tags;
  std::map<std::string, int> counts;
  bool active = true;
  {last};
}};
"""
ROUTE = """  app.post("/models{n}/{{id}}", [](Path<std::int64_t, "id"> id, Query<int, "limit", Default{{10}}, Le{{100}}>,
                                   Query<std::optional<std::string>, "q">, Body<Model{n}> model) -> Task<Model{n}> {{
    model->id = *id;
    co_return *model;
  }});
"""


def ten_routes():
    models = [MODEL.format(n=n, last="int last" if n == 0 else f"std::vector<Model{n - 1}> parts")
              for n in range(10)]
    return (UMBRELLA + "#include <cstdint>\n#include <map>\nusing namespace capricorn;\nnamespace {\n"
            + "".join(models) + "}\nvoid routes(App& app) {\n"
            + "".join(ROUTE.format(n=n) for n in range(10)) + "}\n")


def run(command, source, *more):
    return subprocess.run([*command, "-I", str(ROOT / "include"), *more, str(source)],
                          capture_output=True, text=True, check=False)


def heaviest(text):
    """The files whose own lines make most of a preprocessed text."""
    sizes, at = {}, ""
    for line in text.split("\n"):
        marker = re.match(r'# \d+ "([^"]+)"', line)
        if marker:
            at = marker[1]
        else:
            sizes[at] = sizes.get(at, 0) + len(line) + 1
    return sorted(((size, name) for name, size in sizes.items()), reverse=True)[:10]


def check_umbrella(command, folder):
    source = pathlib.Path(folder) / "umbrella.cpp"
    source.write_text(UMBRELLA, encoding="utf-8")
    done = run(command, source, "-E", "-P")
    if done.returncode != 0:
        sys.exit(done.stderr)
    size = len(done.stdout)
    print(f"the umbrella header is {size} bytes when preprocessed, {MOST_BYTES} at most")
    if size <= MOST_BYTES:
        return 0
    for part, name in heaviest(run(command, source, "-E").stdout):
        print(f"{part:9d}  {name}")
    return 1


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def check_ten_routes(command, folder):
    source = pathlib.Path(folder) / "ten_routes.cpp"
    made = source.with_suffix(".o")
    source.write_text(ten_routes(), encoding="utf-8")
    heavy = 0
    for level, most in MOST_OBJECT_BYTES.items():
        best = None
        for _ in range(2):
            begin = processor_seconds()
            done = run(command, source, level, "-c", "-o", str(made))
            seconds = processor_seconds() - begin
            if done.returncode != 0:
                print(done.stderr)
                return 1
            best = seconds if best is None else min(best, seconds)
        size = made.stat().st_size
        print(f"ten routes and ten models at {level}: {best:.2f} s, {size} bytes of {most} at most")
        if "clang" in os.path.basename(command[0]) and size > most:
            heavy = 1
    return heavy


def main():
    if "--" not in sys.argv:
        sys.exit(__doc__)
    command = sys.argv[sys.argv.index("--") + 1:]
    if os.path.basename(command[0]) == "ccache":  # it would be the cache that is measured
        command = command[1:]
    with tempfile.TemporaryDirectory() as folder:
        return check_umbrella(command, folder) | check_ten_routes(command, folder)


if __name__ == "__main__":
    sys.exit(main())
