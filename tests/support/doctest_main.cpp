// SPDX-License-Identifier: MIT
// doctest's implementation, compiled once for all the tests.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
