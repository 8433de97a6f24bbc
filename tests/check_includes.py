#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds the rule of docs/architecture.md: who may include whom.

    check_includes.py               checks the project this file lies in
    check_includes.py --self-test   plants violations and sees that each is found
"""

import pathlib
import re
import sys
import tempfile

MAY_INCLUDE = {
    "loop": set(),
    "http": {"loop"},
    "handlers": {"http", "loop"},
    "server": {"http", "loop", "config"},
    "config": set(),
}
JSON = {"nlohmann/json.hpp", "nlohmann/json_fwd.hpp"}
# Names that a public header would force on everybody who includes it.
ONLY_IN_SOURCES = re.compile(
    r"llhttp\.h$|openssl/|sys/epoll\.h$|sys/event\.h$|sys/eventfd\.h$|linux/|spdlog/|fmt/|CLI/|"
    r"zlib\.h$|brotli/|zstd\.h$|re2/|idn2\.h$|kainjow/")
# What a header may name besides: the standard library and the system's C headers.
STANDARD = re.compile(r"[a-z_0-9]+$|([a-z_0-9]+|(sys|netinet|arpa|net)/[a-z_0-9]+)\.h$")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def blank(match):
    """A comment as empty lines, so that the lines keep their numbers."""
    return "\n" * match.group().count("\n")


def check_file(root, folder, path):
    text = BLOCK_COMMENT.sub(blank, path.read_text(encoding="utf-8"))
    header = path.suffix == ".hpp"
    for match in INCLUDE.finditer(text):
        bracket, name = match.groups()
        where = f"{path.relative_to(root)}:{text.count(chr(10), 0, match.start(2)) + 1}"
        if bracket == '"':
            target = (path.parent / name).resolve()
            try:
                other = target.relative_to(root).parts[0]
            except ValueError:
                other = ""
            if other not in MAY_INCLUDE:
                yield f"{where}: \"{name}\" lies in none of the library's folders"
            elif other != folder and other not in MAY_INCLUDE[folder]:
                yield f"{where}: {folder}/ may not include {other}/ (\"{name}\")"
            elif not target.is_file():
                yield f"{where}: \"{name}\" does not exist (an include here is relative)"
        elif name.startswith("capricorn/") or name.split("/")[0] in MAY_INCLUDE:
            yield f"{where}: inside the library an include is relative and quoted: <{name}>"
        elif header and ONLY_IN_SOURCES.match(name):
            yield f"{where}: <{name}> belongs into a .cpp file, not into a header"
        elif header and name not in JSON and not STANDARD.match(name):
            yield f"{where}: nlohmann_json is the only third-party name in headers: <{name}>"


def check(root):
    root = root.resolve()
    found = []
    seen = 0
    for folder in MAY_INCLUDE:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".hpp", ".cpp") and path.is_file():
                seen += 1
                found += check_file(root, folder, path)
    return seen, found


def self_test():
    # (file, its text, whether it is a violation)
    planted = [
        ("http/good.hpp", '#include <sys/uio.h>\n#include <vector>\n#include "../loop/a.hpp"\n', False),
        ("http/good.cpp", '#include <llhttp.h>\n#include "good.hpp"\n// #include "../server/a.hpp"\n', False),
        ("handlers/json.hpp", "#include <nlohmann/json_fwd.hpp>\n", False),
        ("server/good.cpp", '#include <spdlog/spdlog.h>\n#include "../config/a.hpp"\n', False),
        ("config/commented.hpp", '/*\n#include "../server/a.hpp"\n*/\n', False),
        ("loop/up.hpp", '#include "../http/a.hpp"\n', True),
        ("http/up.cpp", '#include "../server/a.hpp"\n', True),
        ("handlers/across.hpp", '#include "../server/a.hpp"\n', True),
        ("server/across.hpp", '#  include "../handlers/a.hpp"\n', True),
        ("handlers/config.cpp", '#include "../config/a.hpp"\n', True),
        ("config/loop.hpp", '#include "../loop/a.hpp"\n', True),
        ("loop/outside.cpp", '#include "../tests/a.hpp"\n', True),
        ("loop/unknown.cpp", '#include "no_such.hpp"\n', True),
        ("loop/angle.cpp", "#include <capricorn/loop/a.hpp>\n", True),
        ("loop/epoll.hpp", "#include <sys/epoll.h>\n", True),
        ("http/llhttp.hpp", "#include <llhttp.h>\n", True),
        ("server/tls.hpp", "#include <openssl/ssl.h>\n", True),
        ("server/log.hpp", "#include <spdlog/spdlog.h>\n", True),
        ("config/cli.hpp", "#include <CLI/CLI.hpp>\n", True),
        ("http/zlib.hpp", "#include <zlib.h>\n", True),
        ("http/encode.cpp", "#include <zlib.h>\n#include <brotli/encode.h>\n", False),
        ("handlers/boost.hpp", "#include <boost/pfr.hpp>\n", True),
    ]
    wrong = []
    for name, text, violation in planted:
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            for folder in [*MAY_INCLUDE, "tests"]:
                (root / folder).mkdir()
                (root / folder / "a.hpp").write_text("#pragma once\n")
            (root / "http" / "good.hpp").write_text("#pragma once\n")
            (root / name).write_text(text)
            found = check(root)[1]
            if violation != bool(found) or any(not line.startswith(name) for line in found):
                wrong.append(f"{name}: expected {'a' if violation else 'no'} violation, got {found}")
    return len(planted), wrong


def main():
    if sys.argv[1:] == ["--self-test"]:
        seen, found = self_test()
    else:
        seen, found = check(pathlib.Path(__file__).resolve().parent.parent)
        if seen == 0:
            found = ["no source was found"]
    for line in found:
        print(line)
    print(f"{seen} files, {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
