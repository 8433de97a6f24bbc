// SPDX-License-Identifier: MIT
#include "answer.hpp"

#include <unistd.h>

#include <stdexcept>
#include <variant>

namespace capricorn::detail {
namespace {

/// Of a head as the server writes it; "" where it says none.
std::string_view length_in(std::string_view head) noexcept {
  constexpr std::string_view kName = "\r\ncontent-length: ";
  head = head.substr(0, head.find("\r\n\r\n") + 2);
  const std::size_t at = head.find(kName);
  if (at == std::string_view::npos) return {};
  head.remove_prefix(at + kName.size());
  return head.substr(0, head.find('\r'));
}

}  // namespace

Answer::Answer(bool to_head_request) noexcept
    : request_{.head_request = to_head_request, .http_minor = 1, .keep_alive = true} {
  writer_.begin(request_);
}

void Answer::take(const SendEvent& event) {
  Buffer written;  // the writer checks, and adds what a server adds
  if (const auto* whole = std::get_if<WholeResponse>(&event)) {
    writer_.whole(written, whole->status, whole->headers, whole->body, {}, false);
    take_head(whole->status, whole->headers, written.view());
    if (!writer_.body_suppressed()) unread_ += whole->body;
  } else if (const auto* start = std::get_if<ResponseStart>(&event)) {
    writer_.start(written, start->status, start->headers, {}, false);
    take_head(start->status, start->headers, {});
  } else if (const auto* body = std::get_if<ResponseBody>(&event)) {
    writer_.account(written, body->body.size(), body->more_body);
    if (!writer_.body_suppressed()) unread_ += body->body;
  } else if (const auto* range = std::get_if<FileRange>(&event)) {
    writer_.account(written, range->size, range->more_body);
    if (!writer_.body_suppressed()) take_file(*range);
  } else if (const auto* hints = std::get_if<EarlyHints>(&event)) {
    writer_.early_hints(written, hints->headers);
    response_.early_hints.push_back(hints->headers.clone());
  } else {
    throw std::logic_error("Expected a response event, but got one of another protocol.");
  }
}

void Answer::take_head(int status, const Headers& headers, std::string_view written) {
  response_.status_code = status;
  response_.headers = headers.clone();
  const std::string_view length = length_in(written);
  if (!length.empty() && !headers.get(HeaderId::kContentLength)) {
    response_.headers.append("content-length", length);
  }
}

void Answer::take_file(const FileRange& range) {
  const std::size_t before = unread_.size();
  unread_.resize(before + range.size);
  std::size_t read = 0;
  while (read < range.size) {
    const ssize_t n = ::pread(range.fd, unread_.data() + before + read, range.size - read,
                              static_cast<off_t>(range.offset + read));
    if (n <= 0) throw std::runtime_error("The file ends before the response that was to send it.");
    read += static_cast<std::size_t>(n);
  }
}

void Answer::replace(int status, std::string_view text) {
  writer_.begin(request_);
  response_ = TestResponse();
  unread_.clear();
  const Headers headers{{"content-type", "text/plain; charset=utf-8"}};
  take(WholeResponse{status, headers, text});
}

}  // namespace capricorn::detail
