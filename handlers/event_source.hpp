// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../loop/async_generator.hpp"
#include "../loop/finally_async.hpp"
#include "../loop/lock.hpp"
#include "response.hpp"
#include "server_sent_event.hpp"

namespace capricorn {

struct EventSourceOptions {
  Duration ping = std::chrono::seconds(15);  // of silence, until a comment is sent; 0: never
  std::optional<std::chrono::milliseconds> retry = {};  // until the browser comes again
  int status = 200;
};

/// Where the coroutine of an event stream writes. It waits while the client reads slowly.
class EventWriter {
 public:
  explicit EventWriter(BodyWriter& body) noexcept;
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  /// Throws std::invalid_argument for an event that cannot be one; see write_event.
  Task<> send(ServerSentEvent event);
  /// A text as it is, any other value as JSON: an event's data and nothing else.
  template <class T>
    requires(std::convertible_to<const T&, std::string_view> || Describable<T>)
  Task<> send(T value) {
    const auto turn = co_await lock_.scoped();
    out_.clear();
    if constexpr (std::convertible_to<const T&, std::string_view>) {
      write_event_data(out_, value);
    } else {
      Buffer json;
      write_json(json, value);
      write_event_data(out_, json.view());
    }
    co_await flush();
  }

  // For the response
  Task<> begin(std::optional<std::chrono::milliseconds> retry);
  Task<> ping();
  TimePoint last_write() const noexcept { return last_write_; }

 private:
  ValueTask<void> flush();

  BodyWriter* body_;
  Lock lock_;  // pings come between events, not into them
  Buffer out_;
  TimePoint last_write_;
};

namespace detail {

/// What the events come from.
class EventSource {
 public:
  virtual ~EventSource() = default;
  virtual Task<> run(EventWriter& writer) = 0;
};

template <class T>
class GeneratedEvents final : public EventSource {
 public:
  explicit GeneratedEvents(AsyncGenerator<T> generator) : generator_(std::move(generator)) {}
  /// The generator is closed before this ends, and with it what its frame refers to may go.
  Task<> run(EventWriter& writer) override {
    co_await finally_async(
        [this, &writer]() -> Task<> {
          while (auto event = co_await generator_.next()) co_await writer.send(std::move(*event));
        },
        [this]() -> Task<> { co_await generator_.aclose(); });
  }

 private:
  AsyncGenerator<T> generator_;
};

template <class F>
class WrittenEvents final : public EventSource {
 public:
  explicit WrittenEvents(F function) : function_(std::move(function)) {}
  Task<> run(EventWriter& writer) override { co_await function_(writer); }

 private:
  F function_;
};

Response event_source_response(std::unique_ptr<EventSource> source,
                               const EventSourceOptions& options);

}  // namespace detail

/// A stream of events for a browser's EventSource: those that the generator yields
/// (`ServerSentEvent`, or values that become data). It ends with the generator, when the client
/// leaves and when the server begins to stop; a generator that waits then is cancelled. The request
/// is the response's from here on: nobody else reads its body.
template <class T>
Response EventSourceResponse(AsyncGenerator<T> events, EventSourceOptions options = {}) {
  return detail::event_source_response(
      std::make_unique<detail::GeneratedEvents<T>>(std::move(events)), options);
}

/// `source` is a coroutine `Task<>(EventWriter&)`; it is kept until it ended, captures included.
template <class F>
Response EventSourceResponse(F source, EventSourceOptions options = {}) {
  static_assert(std::is_invocable_r_v<Task<>, F&, EventWriter&>,
                "EventSourceResponse takes an AsyncGenerator or a coroutine Task<>(EventWriter&)");
  return detail::event_source_response(
      std::make_unique<detail::WrittenEvents<F>>(std::move(source)), options);
}

}  // namespace capricorn
