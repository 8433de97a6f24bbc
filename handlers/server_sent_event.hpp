// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "../loop/buffer.hpp"
#include "json_write.hpp"

namespace capricorn {

/// The data of an event: a text as it is, any other value as JSON.
class EventData {
 public:
  EventData() = default;
  template <class T>
    requires(!std::same_as<std::remove_cvref_t<T>, EventData> &&
             (std::convertible_to<const T&, std::string_view> || Describable<T>))
  EventData(const T& value) {  // NOLINT: implicit like the value
    if constexpr (std::convertible_to<const T&, std::string_view>) {
      text_.emplace(static_cast<std::string_view>(value));
    } else {
      Buffer json;
      write_json(json, value);
      text_.emplace(json.view());
    }
  }

  const std::optional<std::string>& text() const noexcept { return text_; }

 private:
  std::optional<std::string> text_;
};

/// One event of a stream: `co_yield ServerSentEvent{.data = item, .id = "7"}`. Without data the
/// browser dispatches nothing, but takes notice of `id` and `retry`.
/// https://html.spec.whatwg.org/multipage/server-sent-events.html
struct ServerSentEvent {
  EventData data = {};
  std::optional<std::string> event = {};  // the browser's own name for none is "message"
  std::optional<std::string> id = {};     // comes back as Last-Event-ID; "" forgets the last one
  std::optional<std::chrono::milliseconds> retry = {};
  std::optional<std::string> comment = {};  // which no browser shows
};

/// Appends the event's bytes. Throws std::invalid_argument for an event or id that is no single
/// line, an id with NUL, a negative retry.
void write_event(Buffer& out, const ServerSentEvent& event);
/// The same for nothing but data.
void write_event_data(Buffer& out, std::string_view text);
/// Appends ": text" for each line of it, and the blank line.
void write_event_comment(Buffer& out, std::string_view text);

}  // namespace capricorn
