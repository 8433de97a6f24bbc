// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "../../http/messages.hpp"
#include "../../http/response_writer.hpp"
#include "test_response.hpp"

namespace capricorn::detail {

/// What the events that an application sends come to at the client's end.
class Answer {
 public:
  explicit Answer(bool to_head_request) noexcept;

  /// Throws as the server does: std::logic_error for an event out of order or of another protocol,
  /// std::runtime_error where a body disagrees with its Content-Length.
  void take(const SendEvent& event);
  /// In place of all that was sent, and is complete.
  void replace(int status, std::string_view text);

  bool started() const noexcept { return writer_.started(); }
  bool complete() const noexcept { return writer_.complete(); }
  /// Of the body, what nobody took yet.
  const std::string& unread() const noexcept { return unread_; }
  std::string take_unread() { return std::exchange(unread_, {}); }
  /// Without its content; it may be moved out once.
  TestResponse& response() noexcept { return response_; }

 private:
  void take_head(int status, const Headers& headers, std::string_view written);
  void take_file(const FileRange& range);

  ResponseWriter writer_;
  ResponseWriter::Request request_;
  TestResponse response_;
  std::string unread_;
};

}  // namespace capricorn::detail
