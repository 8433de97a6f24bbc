// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace capricorn {

class Headers;

/// Which trace a request belongs to, and the caller's place in it: the `traceparent` of W3C Trace
/// Context. A value. https://www.w3.org/TR/trace-context/
class TraceContext {
 public:
  /// Nothing for what is not exactly right: an upper-case digit, an id of zeros, a field too much.
  /// Of a later version the fields that this one knows are read.
  static std::optional<TraceContext> parse(std::string_view traceparent) noexcept;
  /// Of a request: nothing where it has no `traceparent`, a bad one or several.
  static std::optional<TraceContext> of(const Headers& headers) noexcept;
  /// A new trace, not sampled.
  static TraceContext generate() noexcept;

  /// 32 and 16 hexadecimal digits.
  std::string_view trace_id() const noexcept { return {trace_id_.data(), trace_id_.size()}; }
  std::string_view parent_id() const noexcept { return {parent_id_.data(), parent_id_.size()}; }
  /// Whether the caller may have recorded its part.
  bool sampled() const noexcept { return (flags_ & 1) != 0; }

  /// The same trace with a parent id of its own, to be passed on by a call that this request makes.
  TraceContext child() const noexcept;
  /// "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
  std::string traceparent() const;

 private:
  std::array<char, 32> trace_id_{};
  std::array<char, 16> parent_id_{};
  std::uint8_t flags_ = 0;
};

/// The request's `tracestate`, its lines joined, to be passed on unchanged beside a `traceparent`;
/// "" where there is none, or where it breaks the rules: then it is dropped whole.
std::string tracestate_of(const Headers& headers);
/// At most 32 members key=value and 512 bytes, each key once.
bool is_tracestate(std::string_view text) noexcept;

}  // namespace capricorn
