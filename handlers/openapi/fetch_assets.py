#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fetches what /docs and /redoc show, Swagger UI and ReDoc, for builds to embed.

    fetch_assets.py [FOLDER]      into build-assets/ where no folder is named

From the npm registry, by npm, in the versions below, whose checksums are held. A second run finds
everything there and needs no network. Without npm nothing is fetched: the pages then load the same
programs from a CDN, as FastAPI's do.
"""

import base64
import gzip
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

PACKAGES = {
    "swagger-ui-dist@5.35.0": {
        "sha512": "U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==",
        "served": ["swagger-ui-bundle.js", "swagger-ui.css", "oauth2-redirect.js",
                   "favicon-32x32.png"],
        "legal": {"LICENSE": "swagger-ui.LICENSE", "NOTICE": "swagger-ui.NOTICE"},
    },
    "redoc@2.5.4": {
        "sha512": "M6jWhG1qoBnH6TFmzJnstyCZ87HmOY/UzDm78mHiYihEdlV/YcS9ogOo1NlElnJMeLsyxHFe2yFc4sNjHTrABQ==",
        "served": ["bundles/redoc.standalone.js"],
        "legal": {"LICENSE": "redoc.LICENSE"},
    },
}
# ReDoc shows its maker's logo from a CDN: a page that is to need no network may not.
REPLACED = {b"https://cdn.redoc.ly/redoc/logo-mini.svg": b"data:,"}
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
STAMP = "versions"


def say(text):
    print(f"fetch_assets: {text}", file=sys.stderr)


def pack(package, folder):
    """The package's archive, by npm."""
    subprocess.run(["npm", "pack", "--silent", "--pack-destination", folder, package],
                   check=True, stdout=subprocess.DEVNULL, timeout=300)
    (archive,) = pathlib.Path(folder).glob("*.tgz")
    return archive


def extract(archive, described, target):
    with tarfile.open(archive) as files:
        for name in described["served"]:
            content = files.extractfile(f"package/{name}").read()
            for there, instead in REPLACED.items():
                content = content.replace(there, instead)
            # Without a time, so that the same version makes the same bytes.
            packed = gzip.compress(content, 9, mtime=0)
            (target / (pathlib.PurePath(name).name + ".gz")).write_bytes(packed)
        for name, kept in described["legal"].items():
            (target / kept).write_bytes(files.extractfile(f"package/{name}").read())


def fetch(target):
    with tempfile.TemporaryDirectory() as temporary:
        fresh = pathlib.Path(temporary) / "assets"
        fresh.mkdir()
        for package, described in PACKAGES.items():
            folder = pathlib.Path(temporary) / package.split("@")[0]
            folder.mkdir()
            archive = pack(package, folder)
            found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
            if found != described["sha512"]:
                sys.exit(f"fetch_assets: {package} has the checksum {found}, and not the one that "
                         f"was pinned, {described['sha512']}. Nothing is taken from it.")
            extract(archive, described, fresh)
        (fresh / STAMP).write_text("\n".join(PACKAGES) + "\n", encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(fresh, target)


def main():
    target = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build-assets"
    stamp = target / STAMP
    if stamp.is_file() and stamp.read_text(encoding="utf-8").split() == list(PACKAGES):
        return
    if not shutil.which("npm"):
        say("npm is not installed: /docs and /redoc will load Swagger UI and ReDoc from a CDN")
        return
    say(f"fetching {' and '.join(PACKAGES)} for /docs and /redoc")
    try:
        fetch(target)
    except (OSError, subprocess.SubprocessError) as error:
        say(f"not fetched, so that /docs and /redoc will load them from a CDN: {error}")
        return
    # Builds that were configured without them look again.
    os.utime(pathlib.Path(__file__).parent / "meson.build")


if __name__ == "__main__":
    main()
