// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace loadtest {

/// Counts the whole HTTP/1.1 responses in what a server sends, with a length or in chunks. It
/// trusts the server: what it cannot read is one failed response, and the connection is of no more
/// use.
class ResponseReader {
 public:
  /// How many responses these bytes complete.
  int feed(std::string_view bytes);

  /// Responses so far whose status is not 2xx.
  int refused() const noexcept { return refused_; }
  /// True once something came that cannot be counted.
  bool broken() const noexcept { return broken_; }
  /// Forgets a response of which a part is here.
  void reset() noexcept;

 private:
  enum class State { kHead, kBody, kChunkSize, kChunk, kTrailer };

  std::size_t take_head(std::string_view bytes);
  void begin_body(std::string_view head);
  bool take_line(std::string_view& bytes);
  void take_chunk_size();
  std::size_t skip(std::string_view bytes, State after) noexcept;

  State state_ = State::kHead;
  std::string pending_;  // a head or a line of which only a part is here
  std::size_t left_ = 0;
  bool whole_ = false;
  bool broken_ = false;
  int refused_ = 0;
};

}  // namespace loadtest
