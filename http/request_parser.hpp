// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "../loop/buffer.hpp"
#include "headers.hpp"
#include "known_fields.hpp"
#include "known_host.hpp"
#include "method.hpp"
#include "request_line.hpp"

namespace capricorn {

/// What one request may cost. The defaults are config's.
struct RequestLimits {
  std::size_t request_line;
  std::size_t head_bytes;
  std::size_t head_fields;
  std::size_t trailer_bytes;
  std::size_t chunk_extension_bytes;
};

/// A request line and its fields, checked. The views point into `headers` and die with its bytes:
/// moving `headers` keeps them, changing it does not.
struct RequestHead {
  Headers headers;
  Method method = Method::kGet;
  std::uint8_t http_major = 1;
  std::uint8_t http_minor = 1;
  bool keep_alive = false;
  bool chunked = false;
  bool expect_continue = false;
  bool upgrade = false;    // it has an Upgrade field
  bool forwarded = false;  // it has Forwarded or X-Forwarded-*
  bool escaped = false;    // its path has a percent escape
  std::optional<std::uint64_t> content_length;
  std::string_view method_name;
  std::string_view target;        // as sent
  std::string_view raw_path;      // of the target, without the query
  std::string_view query_string;  // without "?"

  /// Replaces the Host field; the views follow.
  void set_host(const std::string& host);
  bool has_body() const noexcept { return chunked || content_length.value_or(0) > 0; }
};

struct ParseError {
  int status = 0;
  std::string_view reason;
};

/// Reads the requests of one connection out of its bytes, one event a call. Strict: what RFC 9112
/// lets a server refuse is refused, and nothing that arrives is stored beyond the limits, which
/// must outlive the parser. Between requests it holds no memory of its own.
class RequestParser {
 public:
  enum class Event : std::uint8_t { kNeedMore, kHead, kBody, kComplete, kError };

  explicit RequestParser(const RequestLimits& limits);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Where the fields of the last request are remembered, to be compared with the next one's;
  /// nullptr, as at first: nowhere. It outlives the parser's use of it, and others may use it, too,
  /// with the same limits.
  void remember_fields_in(KnownFields* known) noexcept { known_fields_ = known; }

  /// Consumes from the front of `input` up to the next event. Call it until kNeedMore, also where
  /// `input` has become empty: the end of a body may still be due. A request without body ends with
  /// kHead: `message_complete()` then holds already, and there is no kComplete. After the end the
  /// next call starts the next request; after kError there is only kError.
  Event parse(std::string_view& input);

  /// From kHead to the next request; its headers may be moved away. Of a head that is refused,
  /// before kHead, it has `method_name`, `target` and `http_minor` where that much was read and is
  /// good, else no target.
  RequestHead& head() noexcept { return head_; }
  /// The bytes of a kBody, inside its input.
  std::string_view body() const noexcept { return body_; }
  const ParseError& error() const noexcept { return error_; }
  /// The fields behind a chunked body, from its end to the next request; nullptr where none came.
  std::unique_ptr<Headers> take_trailers() noexcept { return std::move(trailers_); }

  /// Bytes of a request were seen, but not yet its whole head.
  bool head_started() const noexcept { return step_ == Step::kHead; }
  bool message_complete() const noexcept { return step_ == Step::kComplete; }
  /// Nothing of a next request came: whatever connection's bytes may follow.
  bool between_requests() const noexcept {
    return (step_ == Step::kComplete || step_ == Step::kIdle) && blank_bytes_ == 0;
  }

  /// In error from now on, with this, as nobody waits for the rest of the head.
  void give_up(int status, std::string_view reason) { fail(status, reason); }
  /// For the request at hand, whose body has no limit until then. False where more than that came
  /// or was announced already: the parser is in error with 413.
  bool set_body_limit(std::uint64_t bytes);
  /// Whether the body is known to be larger, by what came and what its length or its chunk
  /// announce.
  bool body_exceeds(std::uint64_t bytes) const noexcept;

 private:
  enum class Step : std::uint8_t { kIdle, kHead, kBody, kComplete, kError };
  struct Callbacks;

  void start_message() noexcept;
  Event begin_head(std::string_view& input);
  bool fits(const PlainRequestLine& line, std::size_t fields) const noexcept;
  Event take_known_head(std::string_view& input, const PlainRequestLine& line);
  bool begin_behind_known(std::string_view& input, const PlainRequestLine& line);
  void go_on_behind(std::string_view& input, const PlainRequestLine& line,
                    const KnownFields::Checkpoint& point);
  bool read_to_checkpoint(std::string_view& input, std::size_t line, std::size_t size);
  Event parse_head(std::string_view& input);
  Event parse_body(std::string_view& input);
  Event refuse_method(std::string_view& input);
  Event need_more_head(std::string_view& input);
  bool within_limits(std::size_t size);
  Event finish_head(std::string_view head_end);
  bool check_request_line();
  bool check_fields();
  bool check_target();
  void remember_fields(std::string_view sent);
  bool count_chunk_line(const char* to);
  bool end_chunk_line(const char* to);
  bool trailer_name(std::string_view piece);
  void add_trailer();
  [[gnu::cold]] bool fail(int status, std::string_view reason);
  [[gnu::cold]] void keep_request_line();
  Event fail_from_llhttp(int code);
  std::uint32_t offset_of(const char* at) const noexcept;

  // Connection
  const RequestLimits* limits_;
  alignas(8)
      std::byte storage_[KnownFields::kParserSize];  // llhttp_t: its header stays out of this one
  KnownHost known_host_;                             // of whatever connection
  KnownFields* known_fields_ = nullptr;

  // Request
  Step step_ = Step::kIdle;
  bool line_complete_ = false;
  bool method_unknown_ = false;
  bool chunk_line_ended_ = false;
  bool last_chunk_ = false;
  bool in_trailers_ = false;
  bool in_one_piece_ = false;          // the head
  bool looks_for_checkpoint_ = false;  // of the fields that requests begin with
  std::size_t known_bytes_ = 0;        // of the fields, with which `known_fields_` begins, too
  std::size_t known_count_ = 0;        // fields whose names are lowered and recognised
  std::uint32_t url_at_ = 0;
  std::uint32_t url_size_ = 0;
  OpenField field_;
  std::uint32_t trailer_fields_ = 0;
  std::uint32_t blank_bytes_ = 0;
  std::uint32_t chunk_line_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::size_t extension_bytes_ = 0;
  std::uint64_t body_bytes_ = 0;
  std::uint64_t announced_bytes_ = 0;  // with the chunk at hand
  std::uint64_t body_limit_ = 0;
  Buffer partial_;  // pieces of a head, or of a trailer, that did not come at once
  std::unique_ptr<Headers> trailers_;
  RequestHead head_;
  ParseError error_;

  // Call
  std::string_view input_;
  std::string_view body_;
  const char* trailers_from_ = nullptr;
  const char* chunk_line_from_ = nullptr;
};

}  // namespace capricorn
