# SPDX-License-Identifier: MIT
"""What the programs share: where things are, how they speak, how they read their options."""
import argparse
import sys
from pathlib import Path

LOADTEST = Path(__file__).resolve().parent.parent
ROOT = LOADTEST.parent


def say(text):
    print(text, file=sys.stderr, flush=True)


def choice(names, groups=()):
    """Parses a list of names; a group's name stands for its members."""
    groups = dict(groups)

    def parse(text):
        chosen = []
        for name in (part.strip() for part in text.split(",")):
            if name not in names and name not in groups:
                known = ", ".join([*groups, *names])
                raise argparse.ArgumentTypeError(f"there is no {name!r}; there are {known}")
            chosen += [member for member in groups.get(name, [name]) if member not in chosen]
        return chosen
    return parse


def positive(text):
    if (number := int(text)) < 1:
        raise ValueError
    return number
