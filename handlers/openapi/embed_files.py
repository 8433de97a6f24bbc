#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the C++ file that holds gzipped files as they are: embedded_files() of embedded_files.hpp.

    embed_files.py OUTPUT.cpp [FILE.gz]...

The bytes are taken in by the assembler: a list of numbers would take the compiler seconds.
"""

import gzip
import hashlib
import pathlib
import sys

HEAD = """// Made by embed_files.py.
#include "{header}"

#if defined(__APPLE__)
#define CAPRICORN_SYMBOL(name) "_" name
#define CAPRICORN_SECTION ".const_data"
#define CAPRICORN_PREVIOUS ".text"
#define CAPRICORN_HIDDEN(name) ".private_extern _" name
#else
#define CAPRICORN_SYMBOL(name) name
#define CAPRICORN_SECTION ".pushsection .rodata"
#define CAPRICORN_PREVIOUS ".popsection"
#define CAPRICORN_HIDDEN(name) ".hidden " name
#endif
"""

SYMBOL = """
asm(CAPRICORN_SECTION "\\n"
    ".globl " CAPRICORN_SYMBOL("{symbol}") "\\n" CAPRICORN_HIDDEN("{symbol}") "\\n"
    CAPRICORN_SYMBOL("{symbol}") ":\\n"
    ".incbin \\"{path}\\"\\n" CAPRICORN_PREVIOUS "\\n");
extern "C" __attribute__((visibility("hidden"))) const char {symbol}[];
"""

FOOT = """
namespace capricorn {{

std::span<const EmbeddedFile> embedded_files() noexcept {{
{table}}}

}}  // namespace capricorn
"""


def main():
    output, *files = (pathlib.Path(argument) for argument in sys.argv[1:])
    header = pathlib.Path(__file__).resolve().parent / "embedded_files.hpp"
    text = [HEAD.format(header=header)]
    rows = []
    for number, file in enumerate(sorted(files)):
        packed = file.read_bytes()
        digest = hashlib.sha256(gzip.decompress(packed)).hexdigest()[:16]
        symbol = f"capricorn_embedded_file_{number}"
        text.append(SYMBOL.format(symbol=symbol, path=file.resolve()))
        rows.append(f'      {{"{file.stem}", "{digest}", {{{symbol}, {len(packed)}}}}},\n')
    if rows:
        table = ("  static constexpr EmbeddedFile kFiles[] = {\n" + "".join(rows) +
                 "  };\n  return kFiles;\n")
    else:
        table = "  return {};\n"
    text.append(FOOT.format(table=table))
    output.write_text("".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
