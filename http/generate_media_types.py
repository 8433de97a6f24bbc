#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes http/media_type_table.inc from mime-db (https://github.com/jshttp/mime-db).

    npm pack mime-db && tar xzf mime-db-*.tgz
    http/generate_media_types.py package > http/media_type_table.inc

Where several types claim an extension, the more official one wins, by the rules of mime-types 3.
"""

import json
import pathlib
import re
import sys

FACETS = {"prs.": 100, "x-": 200, "x.": 300, "vnd.": 400}
SOURCES = {"nginx": 10, "apache": 20, "iana": 40}
TYPES = {"application": 1, "font": 2, "audio": 2, "video": 3}


def score(name, entry):
    if name == "application/octet-stream":
        return 0
    kind, subtype = name.split("/", 1)
    facet = re.sub(r"(\.|x-).*", r"\1", subtype, count=1)
    return (FACETS.get(facet, 900) + SOURCES.get(entry.get("source"), 30) + TYPES.get(kind, 0)
            + 1 - len(name) / 100)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    package = pathlib.Path(sys.argv[1])
    database = json.loads((package / "db.json").read_text())
    version = json.loads((package / "package.json").read_text())["version"]
    best = {}
    for name, entry in database.items():
        for extension in entry.get("extensions", []):
            # A later one of the same rank wins, as it does there.
            known = best.get(extension)
            if known is None or score(known, database[known]) <= score(name, entry):
                best[extension] = name
    print(f"// From mime-db {version}, by generate_media_types.py: not to be edited.")
    for line in (package / "LICENSE").read_text().strip().splitlines():
        print(f"// {line}".rstrip())
    line = ""
    for extension, name in sorted(best.items()):
        charset = "; charset=utf-8" if name.startswith("text/") else ""
        entry = f'{{"{extension}", "{name}{charset}"}},'
        if line and len(line) + 1 + len(entry) > 100:
            print(line)
            line = ""
        line = f"{line} {entry}" if line else entry
    print(line)


if __name__ == "__main__":
    main()
