#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the C++ file that holds the files of a new project: project_template() of
project_template.hpp.

    embed_template.py OUTPUT.cpp FOLDER FILE.in...
"""

import pathlib
import sys

HEAD = """// Made by embed_template.py.
#include "{header}"

namespace capricorn {{

std::span<const TemplateFile> project_template() noexcept {{
  static constexpr TemplateFile kFiles[] = {{
"""
FOOT = """  };
  return kFiles;
}

}  // namespace capricorn
"""


def main():
    output, folder, *files = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    header = pathlib.Path(__file__).resolve().parent / "project_template.hpp"
    text = [HEAD.format(header=header)]
    for file in files:
        name = file.relative_to(folder).with_suffix("").as_posix()
        text.append(f'      {{"{name}", R"~~~({file.read_text(encoding="utf-8")})~~~"}},\n')
    text.append(FOOT)
    output.write_text("".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
