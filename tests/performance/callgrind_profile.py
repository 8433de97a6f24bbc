# SPDX-License-Identifier: MIT
"""Where the instructions went: reads the dumps that one run of callgrind has written.

callgrind_annotate takes one dump, but a function's name stands only in the first dump that has it."""
import collections
import re

FUNCTION = re.compile(r"(c?)fn=\((\d+)\)(?: (.*))?")
COST = re.compile(r"[+\-*\d]\S* (\d+)")


def read_part(path, names):
    """Function's number → instructions of its own. Adds the names that the dump introduces."""
    own, current, is_call = collections.Counter(), None, False
    with path.open(errors="replace") as lines:
        for line in lines:
            if function := FUNCTION.match(line):
                called, number, name = function.groups()
                if name:
                    names[number] = name.strip()
                if not called:
                    current = number
            elif line.startswith("calls="):
                is_call = True  # the next line has what the call cost, not the function itself
            elif cost := COST.match(line):
                if not is_call and current:
                    own[current] += int(cost.group(1))
                is_call = False
    return own


def profile(dumps, part):
    """Function → instructions of its own in this part; the parts before it give names. The number of
    a part is its place in `dumps`."""
    names, own = {}, collections.Counter()
    for path in dumps[:part + 1]:
        own = read_part(path, names)
    named = collections.Counter()
    for number, instructions in own.items():
        named[names.get(number, number)] += instructions
    return named
