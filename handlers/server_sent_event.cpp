// SPDX-License-Identifier: MIT
#include "server_sent_event.hpp"

#include <algorithm>
#include <stdexcept>

namespace capricorn {
namespace {

void write_line(Buffer& out, std::string_view field, std::string_view text) {
  out.append(field);
  out.append(": ");
  out.append(text);
  out.push_back('\n');
}

/// A line of ours for each line of the text, which LF, CR or both end.
void write_lines(Buffer& out, std::string_view field, std::string_view text) {
  for (;;) {
    const std::size_t end = text.find_first_of("\r\n");
    write_line(out, field, text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
  }
}

// FastAPI's words.
void check_line(std::string_view text, std::string_view field) {
  if (text.find_first_of("\r\n") == std::string_view::npos) return;
  throw std::invalid_argument("SSE '" + std::string(field) + "' must be a single line");
}

}  // namespace

void write_event(Buffer& out, const ServerSentEvent& event) {
  if (event.event) check_line(*event.event, "event");
  if (event.id) {
    check_line(*event.id, "id");
    if (event.id->contains('\0')) {
      throw std::invalid_argument("SSE 'id' must not contain null characters");
    }
  }
  if (event.retry && event.retry->count() < 0) {
    throw std::invalid_argument("SSE 'retry' must not be negative");
  }
  if (event.comment) write_lines(out, "", *event.comment);
  if (event.event) write_line(out, "event", *event.event);
  if (event.data.text()) write_lines(out, "data", *event.data.text());
  if (event.id) write_line(out, "id", *event.id);
  if (event.retry) write_line(out, "retry", std::to_string(event.retry->count()));
  out.push_back('\n');
}

void write_event_data(Buffer& out, std::string_view text) {
  write_lines(out, "data", text);
  out.push_back('\n');
}

void write_event_comment(Buffer& out, std::string_view text) {
  write_lines(out, "", text);
  out.push_back('\n');
}

}  // namespace capricorn
