// SPDX-License-Identifier: MIT
#include "response_reader.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace loadtest {

namespace {

/// The value of a field of the head, or nothing; names are compared without case.
std::optional<std::string_view> field(std::string_view head, std::string_view name) {
  std::size_t line = head.find("\r\n");
  while (line + 2 + name.size() < head.size()) {
    line += 2;
    if (head[line + name.size()] == ':' &&
        ::strncasecmp(&head[line], name.data(), name.size()) == 0) {
      std::size_t begin = line + name.size() + 1;
      while (begin < head.size() && head[begin] == ' ') ++begin;
      return head.substr(begin, head.find("\r\n", begin) - begin);
    }
    line = head.find("\r\n", line);
  }
  return {};
}

}  // namespace

int ResponseReader::feed(std::string_view bytes) {
  int whole = 0;
  while (!bytes.empty() && !broken_) {
    switch (state_) {
      case State::kHead: bytes.remove_prefix(take_head(bytes)); break;
      case State::kBody: bytes.remove_prefix(skip(bytes, State::kHead)); break;
      case State::kChunk: bytes.remove_prefix(skip(bytes, State::kChunkSize)); break;
      case State::kChunkSize:
        if (take_line(bytes)) take_chunk_size();
        break;
      case State::kTrailer:
        if (take_line(bytes)) {
          whole_ = pending_.empty();
          if (whole_) state_ = State::kHead;
          pending_.clear();
        }
        break;
    }
    if (whole_) {
      ++whole;
      whole_ = false;
    }
  }
  return whole;
}

void ResponseReader::reset() noexcept {
  state_ = State::kHead;
  pending_.clear();
  left_ = 0;
  whole_ = broken_ = false;
}

std::size_t ResponseReader::take_head(std::string_view bytes) {
  if (pending_.empty()) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end != bytes.npos) {
      begin_body(bytes.substr(0, end + 2));
      return end + 4;
    }
    pending_ = bytes;
    return bytes.size();
  }
  const std::size_t before = pending_.size();
  pending_ += bytes;
  const std::size_t end = pending_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
  if (end == pending_.npos) return bytes.size();
  const std::string head = std::move(pending_);
  pending_.clear();
  begin_body(std::string_view(head).substr(0, end + 2));
  return end + 4 - before;
}

void ResponseReader::begin_body(std::string_view head) {
  if (head.size() < 12 || !head.starts_with("HTTP/1.")) {
    broken_ = true;
    return;
  }
  if (head[9] == '1') return;  // 100 Continue, 103 Early Hints: the response is still to come
  if (head[9] != '2') ++refused_;
  const std::string_view status = head.substr(9, 3);
  if (status == "204" || status == "304") {  // whatever its fields say
    whole_ = true;
    return;
  }
  if (const auto length = field(head, "content-length")) {
    left_ = 0;
    std::from_chars(length->data(), length->data() + length->size(), left_);
    state_ = left_ > 0 ? State::kBody : State::kHead;
    whole_ = left_ == 0;
  } else if (field(head, "transfer-encoding")) {
    state_ = State::kChunkSize;
  } else {
    broken_ = true;  // it would end with the connection
  }
}

bool ResponseReader::take_line(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  pending_ += bytes.substr(0, end);
  bytes.remove_prefix(end == bytes.npos ? bytes.size() : end + 1);
  if (end == bytes.npos) return false;
  if (!pending_.empty() && pending_.back() == '\r') pending_.pop_back();
  return true;
}

void ResponseReader::take_chunk_size() {
  const auto [end, error] =
      std::from_chars(pending_.data(), pending_.data() + pending_.size(), left_, 16);
  broken_ = error != std::errc();
  state_ = left_ > 0 ? State::kChunk : State::kTrailer;
  if (left_ > 0) left_ += 2;  // and the line's end behind it
  pending_.clear();
}

std::size_t ResponseReader::skip(std::string_view bytes, State after) noexcept {
  const std::size_t taken = std::min(left_, bytes.size());
  left_ -= taken;
  if (left_ == 0) {
    whole_ = after == State::kHead;
    state_ = after;
  }
  return taken;
}

}  // namespace loadtest
