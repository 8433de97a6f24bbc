# SPDX-License-Identifier: MIT
"""What the runners share: how they speak, and how they read their options."""
import argparse
import sys


def say(text):
    print(text, file=sys.stderr, flush=True)


def choice(names):
    def parse(text):
        chosen = [name.strip() for name in text.split(",")]
        if unknown := [name for name in chosen if name not in names]:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}; there are {', '.join(names)}")
        return chosen
    return parse


def positive(text):
    if (number := int(text)) < 1:
        raise ValueError
    return number
