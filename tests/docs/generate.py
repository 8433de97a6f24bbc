#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes of the wholes in the pages what is compiled.

    generate.py --list       the files that the second makes, one a line
    generate.py FOLDER       writes them

All modules are one, in a few sources, for each of them costs a second to begin with: each whole in a
namespace, as the application of its own name. A program is a source of its own. names.cpp declares
everything that the wholes declare where a user would, beside `using namespace capricorn`, so that a
name which capricorn has too is an error.
"""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import pages  # noqa: E402

SOURCES = 4
INCLUDE = re.compile(r"^#include <.*>$", re.M)
DECLARED = re.compile(r"^(?:inline constexpr [\w:<>, ]+ (\w+)[{(= ]|(?:struct|class|enum class) (\w+)|"
                      r"(?!using|namespace|template|static_assert)\w[\w:<>,& ]*? (?!operator)(\w+)\()", re.M)


def wrapped(whole):
    code = INCLUDE.sub("", whole.code)
    code = re.sub(r"^CAPRICORN_APP\((\w+)\)", rf"CAPRICORN_APP(\1, {whole.name})", code, flags=re.M)
    if f", {whole.name})" not in code:
        sys.exit(f"{whole.page}:{whole.line}: a module ends with CAPRICORN_APP(make_app)")
    page = whole.page.relative_to(pages.ROOT)
    return f'namespace {whole.name} {{\n#line {whole.line} "{page}"\n{code}\n}}  // namespace\n'


def includes(wholes):
    found = {line for whole in wholes for line in INCLUDE.findall(whole.code)}
    return "\n".join(sorted(found, key=lambda line: ("capricorn.hpp" not in line, line))) + "\n"


def declared_names(wholes):
    """Of all wholes, but not what has to be called so."""
    names = set()
    for whole in wholes:
        names |= {name for match in DECLARED.findall(whole.code) for name in match if name}
    return sorted(names - {"main", "CAPRICORN_APP", "validate"})


def sources():
    wholes = pages.compiled_wholes()
    modules = [whole for whole in wholes if not whole.is_program]
    made = {}
    for index in range(SOURCES):
        part = modules[index::SOURCES]
        made[f"tutorial_{index}.cpp"] = includes(part) + "\n" + "\n".join(map(wrapped, part))
    names = declared_names(wholes)
    made["tutorial_names.cpp"] = (
        "#include <capricorn/capricorn.hpp>\nusing namespace capricorn;\n"
        + "".join(f"struct {name};\n" for name in names)
        + "".join(f"void take({name}*);  // ambiguous: capricorn has one too\n" for name in names))
    for whole in wholes:
        if whole.is_program:
            page = whole.page.relative_to(pages.ROOT)
            made[f"program_{whole.name}.cpp"] = f'#line {whole.line} "{page}"\n{whole.code}'
    return made


def main():
    made = sources()
    if sys.argv[1:] == ["--list"]:
        print("\n".join(made))
        return
    folder = Path(sys.argv[1])
    for name, text in made.items():
        file = folder / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
