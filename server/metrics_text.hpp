// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace capricorn {

class MetricsBoard;

/// All figures of the board as Prometheus's text format 0.0.4: requests of all workers together,
/// and how each worker's loop and process do, with its slot's number as the label `worker`. Counts
/// of workers that have ended stay.
/// https://prometheus.io/docs/instrumenting/exposition_formats/
std::string metrics_text(const MetricsBoard& board);
inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace capricorn
