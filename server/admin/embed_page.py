#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the C++ file that holds the live page and its Content-Security-Policy: admin_page.hpp.

    embed_page.py PAGE.html OUTPUT.cpp
"""

import base64
import hashlib
import pathlib
import re
import sys

TEXT = """// Made by embed_page.py.
#include "{header}"

namespace capricorn {{

std::string_view admin_page() noexcept {{
  return R"capricorn({page})capricorn";
}}

std::string_view admin_page_policy() noexcept {{
  return "{policy}";
}}

}}  // namespace capricorn
"""


def sources(page, tag):
    """The digests of what stands within: nothing else runs, and nothing else is a style."""
    parts = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    digests = (hashlib.sha256(part.encode()).digest() for part in parts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def main():
    page = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    policy = (f"default-src 'none'; script-src {sources(page, 'script')}; "
              f"style-src {sources(page, 'style')}; connect-src 'self'; img-src data:; "
              "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
    header = pathlib.Path(__file__).resolve().parent / "admin_page.hpp"
    pathlib.Path(sys.argv[2]).write_text(
        TEXT.format(header=header, page=page, policy=policy), encoding="utf-8")


if __name__ == "__main__":
    main()
