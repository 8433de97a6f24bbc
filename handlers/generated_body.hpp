// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <string_view>
#include <utility>

#include "../loop/async_generator.hpp"
#include "response.hpp"

namespace capricorn {

namespace detail {

/// A body that comes piece by piece, each sent before the next is asked for. What makes the pieces
/// is closed before the body ends, however it ends.
class GeneratedBody : public BodyStream {
 public:
  Task<> run(BodyWriter& writer) final;

 protected:
  /// The next piece; false behind the last.
  virtual Task<bool> append_next(Buffer& out) = 0;
  virtual Task<> close() = 0;
};

template <class T>
class JsonLinesBody final : public GeneratedBody {
  static_assert(JsonValue<T>, "JSON Lines are made of models and of values that JSON has");

 public:
  explicit JsonLinesBody(AsyncGenerator<T> items) : items_(std::move(items)) {}

 protected:
  Task<bool> append_next(Buffer& out) override {
    const std::optional<T> item = co_await items_.next();
    if (!item) co_return false;
    if constexpr (Describable<T>)
      write_json(out, *item);
    else
      write_json_string(out, *item);
    out.push_back('\n');
    co_return true;
  }
  Task<> close() override { co_await items_.aclose(); }

 private:
  AsyncGenerator<T> items_;
};

Response json_lines_response(std::unique_ptr<BodyStream> body, int status);

}  // namespace detail

/// One line of JSON for each item that the generator yields, sent as it comes; the generator waits
/// while the client reads slowly. https://jsonlines.org
template <class T>
Response JSONLinesResponse(AsyncGenerator<T> items, int status = 200) {
  return detail::json_lines_response(std::make_unique<detail::JsonLinesBody<T>>(std::move(items)),
                                     status);
}

}  // namespace capricorn
