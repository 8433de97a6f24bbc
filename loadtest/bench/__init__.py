# SPDX-License-Identifier: MIT
"""The load test: what the programs beside this folder are made of."""
