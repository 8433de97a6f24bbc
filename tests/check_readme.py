#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The README's C++ sample is examples/shop/shop.cpp, which is compiled."""
import re
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
blocks = re.findall(r"^```cpp\n(.*?)^```", (root / "README.md").read_text(), re.M | re.S)
program = (root / "examples/shop/shop.cpp").read_text().split("\n", 2)[2]
if blocks != [program]:
    sys.exit("README.md's C++ sample differs from examples/shop/shop.cpp")
