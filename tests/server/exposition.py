# SPDX-License-Identifier: MIT
"""The format that Prometheus reads, strictly."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf'({NAME})(?:\{{(.*)\}})? (-?[0-9.e+-]+|\+Inf|NaN)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)')


def parse_labels(text):
    labels = {}
    at = 0
    while at < len(text):
        match = LABEL.match(text, at)
        assert match, f"no label at {text[at:]!r}"
        assert match.group(1) not in labels, f"{match.group(1)} twice in {text!r}"
        labels[match.group(1)] = match.group(2)
        at = match.end()
    return labels


def parse_exposition(text):
    """{name: {labels: value}}, after a check of all that promtool would find."""
    assert text.endswith("\n")
    types, samples, family = {}, {}, None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            family = line.split(" ", 3)[2]
            assert family not in types, f"{family} comes twice"
            assert len(line.split(" ", 3)) == 4 and line.split(" ", 3)[3], line
            types[family] = None
            continue
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == family and types[family] is None, line
            assert kind in ("counter", "gauge", "histogram"), line
            types[family] = kind
            continue
        match = SAMPLE.match(line)
        assert match, f"no sample: {line!r}"
        name, labels, value = match.group(1), parse_labels(match.group(2) or ""), match.group(3)
        kind = types[family]
        names = {family}
        if kind == "histogram":
            names = {family + suffix for suffix in ("_bucket", "_sum", "_count")}
        assert name in names, f"{name} under {family}"
        if kind == "counter":
            assert family.endswith("_total"), family
        of_name = samples.setdefault(name, {})
        key = tuple(sorted(labels.items()))
        assert key not in of_name, f"twice: {line}"
        of_name[key] = float(value)
    check_histograms(types, samples)
    return samples


def check_histograms(types, samples):
    for family in (name for name, kind in types.items() if kind == "histogram"):
        classes = {}
        for key, value in samples.get(family + "_bucket", {}).items():
            labels = dict(key)
            bound = float(labels.pop("le").replace("+Inf", "inf"))
            classes.setdefault(tuple(sorted(labels.items())), []).append((bound, value))
        for key, all_classes in classes.items():
            counts = [count for _, count in sorted(all_classes)]
            assert sorted(all_classes)[-1][0] == float("inf"), family
            assert counts == sorted(counts), f"{family} falls: {counts}"
            assert counts[-1] == samples[family + "_count"][key], family
            assert key in samples[family + "_sum"], family


def total(samples, **wanted):
    return sum(value for key, value in samples.items()
               if all(dict(key).get(name) == label for name, label in wanted.items()))
