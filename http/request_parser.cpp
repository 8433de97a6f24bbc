// SPDX-License-Identifier: MIT
#include "request_parser.hpp"

#include <llhttp.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "field_survey.hpp"
#include "llhttp_method.hpp"
#include "request_target.hpp"

namespace capricorn {

namespace {

constexpr std::string_view kInvalid = "Invalid HTTP request received.";
constexpr std::string_view kLineTooLong = "Request line too long.";
constexpr std::string_view kHeadTooLarge = "Request head too large.";
constexpr std::string_view kBodyTooLarge = "Request body too large.";
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::uint32_t kMaxBlankBytes = 16;

llhttp_t* as_llhttp(std::byte* storage) noexcept {
  return std::launder(reinterpret_cast<llhttp_t*>(storage));
}

/// Where the line begins that has `end` in it.
const char* line_of(std::string_view input, const char* end) noexcept {
  const std::string_view before = input.substr(0, static_cast<std::size_t>(end - input.data()));
  return input.data() + (before.rfind('\n') + 1);
}

// A chunk's CRLF, size, CRLF: room for a few zeros before the 16 digits that count.
constexpr std::uint32_t kMaxChunkLine = 32;

}  // namespace

/// llhttp's calls. It reports pieces of spans, one after the other without a gap.
struct RequestParser::Callbacks {
  static RequestParser& self(llhttp_t* llhttp) noexcept {
    return *static_cast<RequestParser*>(llhttp->data);
  }
  static int refuse(RequestParser& parser, int status, std::string_view reason) {
    parser.fail(status, reason);
    return HPE_USER;
  }

  static int on_url(llhttp_t* llhttp, const char* at, std::size_t size) {
    auto& parser = self(llhttp);
    if (parser.url_size_ == 0) parser.url_at_ = parser.offset_of(at);
    parser.url_size_ += static_cast<std::uint32_t>(size);
    // llhttp would go on to the fields of an HTTP/0.9 request, which has none.
    const char* end = at + size;
    bool ended = end < parser.input_.data() + parser.input_.size();
    if (!ended || (*end != '\r' && *end != '\n')) return HPE_OK;
    const bool fits = parser.offset_of(end) <= parser.limits_->request_line;
    return fits ? refuse(parser, 400, kInvalid) : refuse(parser, 414, kLineTooLong);
  }

  static int on_version(llhttp_t* llhttp, const char* at, std::size_t size) {
    auto& parser = self(llhttp);
    parser.line_complete_ = true;
    bool fits = parser.offset_of(at) + size <= parser.limits_->request_line;
    return fits ? HPE_OK : refuse(parser, 414, kLineTooLong);
  }

  static int on_header_field(llhttp_t* llhttp, const char* at, std::size_t size) {
    auto& parser = self(llhttp);
    if (parser.step_ == Step::kBody) return parser.trailer_name({at, size}) ? HPE_OK : HPE_USER;
    if (parser.field_.name_size == 0) parser.field_.name_at = parser.offset_of(at);
    parser.field_.name_size += static_cast<std::uint32_t>(size);
    return HPE_OK;
  }

  static int on_header_value(llhttp_t* llhttp, const char* at, std::size_t size) {
    auto& parser = self(llhttp);
    if (parser.step_ == Step::kBody) {
      parser.partial_.append({at, size});
      return HPE_OK;
    }
    if (parser.field_.value_size == 0) parser.field_.value_at = parser.offset_of(at);
    // White space at the end is not part of the value; in the middle a later piece brings it in.
    while (size > 0 && (at[size - 1] == ' ' || at[size - 1] == '\t')) --size;
    if (size > 0) parser.field_.value_size = parser.offset_of(at + size) - parser.field_.value_at;
    return HPE_OK;
  }

  static int on_header_value_complete(llhttp_t* llhttp) {
    auto& parser = self(llhttp);
    bool trailer = parser.step_ == Step::kBody;
    std::size_t fields = trailer ? ++parser.trailer_fields_ : parser.head_.headers.size() + 1;
    if (fields > parser.limits_->head_fields ||
        parser.field_.name_size > std::numeric_limits<std::uint16_t>::max()) {
      return refuse(parser, 431, "Too many header fields.");
    }
    if (trailer) {
      parser.add_trailer();
      return HPE_OK;
    }
    const OpenField field = std::exchange(parser.field_, {});
    // llhttp gives an empty value no position: it takes the name's.
    parser.head_.headers.append_at(field.name_at, static_cast<std::uint16_t>(field.name_size),
                                   field.value_size == 0 ? field.name_at : field.value_at,
                                   field.value_size);
    return HPE_OK;
  }

  static int on_headers_complete(llhttp_t* llhttp) {
    auto& head = self(llhttp).head_;
    head.http_major = llhttp->http_major;
    head.http_minor = llhttp->http_minor;
    head.chunked = (llhttp->flags & F_CHUNKED) != 0;
    head.upgrade = (llhttp->flags & F_UPGRADE) != 0;
    if ((llhttp->flags & F_CONTENT_LENGTH) != 0) head.content_length = llhttp->content_length;
    // An upgrade that nobody takes must not stop the reading of the body and what follows.
    llhttp->upgrade = 0;
    return HPE_PAUSED;
  }

  static int on_chunk_extension_name(llhttp_t* llhttp, const char* at, std::size_t size) {
    if (!self(llhttp).end_chunk_line(at)) return HPE_USER;
    return on_chunk_extension(llhttp, at, size);
  }

  static int on_chunk_extension(llhttp_t* llhttp, const char*, std::size_t size) {
    auto& parser = self(llhttp);
    parser.extension_bytes_ += size;
    bool fits = parser.extension_bytes_ <= parser.limits_->chunk_extension_bytes;
    return fits ? HPE_OK : refuse(parser, 413, "Chunk extensions too large.");
  }

  /// Counts the ";" or "=" too: the names may be empty.
  static int on_chunk_extension_part(llhttp_t* llhttp) {
    return on_chunk_extension(llhttp, nullptr, 1);
  }

  static int on_chunk_header(llhttp_t* llhttp) {
    auto& parser = self(llhttp);
    parser.last_chunk_ = llhttp->content_length == 0;
    const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - parser.body_bytes_;
    parser.announced_bytes_ = parser.body_bytes_ + std::min(room, llhttp->content_length);
    bool fits = parser.announced_bytes_ <= parser.body_limit_;
    return fits ? HPE_OK : refuse(parser, 413, kBodyTooLarge);
  }

  static int on_body(llhttp_t* llhttp, const char* at, std::size_t size) {
    auto& parser = self(llhttp);
    if (size == 0) return HPE_OK;
    if (!parser.end_chunk_line(at)) return HPE_USER;
    parser.chunk_line_bytes_ = 0;
    parser.chunk_line_ended_ = false;
    parser.body_ = {at, size};
    parser.body_bytes_ += size;
    return HPE_PAUSED;
  }

  static int on_message_complete(llhttp_t* llhttp) {
    self(llhttp).step_ = Step::kComplete;
    return HPE_PAUSED;
  }

  static constexpr llhttp_settings_t make_settings() noexcept {
    llhttp_settings_t settings{};
    settings.on_url = on_url;
    settings.on_version = on_version;
    settings.on_header_field = on_header_field;
    settings.on_header_value = on_header_value;
    settings.on_header_value_complete = on_header_value_complete;
    settings.on_headers_complete = on_headers_complete;
    settings.on_chunk_extension_name = on_chunk_extension_name;
    settings.on_chunk_extension_value = on_chunk_extension;
    settings.on_chunk_extension_name_complete = on_chunk_extension_part;
    settings.on_chunk_header = on_chunk_header;
    settings.on_body = on_body;
    settings.on_message_complete = on_message_complete;
    return settings;
  }
  static const llhttp_settings_t kSettings;
};

constexpr llhttp_settings_t RequestParser::Callbacks::kSettings = make_settings();

RequestParser::RequestParser(const RequestLimits& limits) : limits_(&limits) {
  static_assert(sizeof(llhttp_t) <= sizeof storage_ && alignof(llhttp_t) <= 8);
  auto* llhttp = new (storage_) llhttp_t;
  llhttp_init(llhttp, HTTP_REQUEST, &Callbacks::kSettings);
  llhttp->data = this;
}

RequestParser::Event RequestParser::parse(std::string_view& input) {
  switch (step_) {
    case Step::kError: return Event::kError;
    case Step::kBody: return parse_body(input);
    // Of nothing, which has no address, llhttp would remember that its spans go on there.
    case Step::kHead: return input.empty() ? Event::kNeedMore : parse_head(input);
    case Step::kIdle:
    case Step::kComplete: break;
  }
  // RFC 9112, 2.2: an empty line before a request line; not lines without end.
  while (!input.empty() && (input[0] == '\r' || input[0] == '\n')) {
    if (++blank_bytes_ > kMaxBlankBytes) {
      head_ = RequestHead();
      fail(400, kInvalid);
      return Event::kError;
    }
    input.remove_prefix(1);
  }
  if (input.empty()) return Event::kNeedMore;
  start_message();
  return begin_head(input);
}

void RequestParser::start_message() noexcept {
  step_ = Step::kHead;
  line_complete_ = last_chunk_ = in_trailers_ = method_unknown_ = chunk_line_ended_ = false;
  looks_for_checkpoint_ = false;
  in_one_piece_ = true;
  known_bytes_ = known_count_ = 0;
  url_size_ = trailer_fields_ = 0;
  field_ = {};
  trailer_bytes_ = extension_bytes_ = 0;
  blank_bytes_ = chunk_line_bytes_ = 0;
  trailers_.reset();
  body_bytes_ = announced_bytes_ = 0;
  body_limit_ = std::numeric_limits<std::uint64_t>::max();
  std::destroy_at(&head_);
  std::construct_at(&head_);
}

/// What came before is compared; the rest of a head is llhttp's, good or bad.
RequestParser::Event RequestParser::begin_head(std::string_view& input) {
  if (known_fields_) {
    const std::optional<PlainRequestLine> line = read_plain_request_line(input);
    if (line && known_fields_->are_prefix_of(input.substr(line->size)) &&
        fits(*line, known_fields_->size())) {
      return take_known_head(input, *line);
    }
    looks_for_checkpoint_ = known_fields_->should_look_for_checkpoint();
    if (line && fits(*line, 0) && begin_behind_known(input, *line)) return parse_head(input);
  }
  llhttp_reset(as_llhttp(storage_));
  return parse_head(input);
}

bool RequestParser::fits(const PlainRequestLine& line, std::size_t fields) const noexcept {
  return line.size - kLineEnd.size() <= limits_->request_line &&
         line.size + fields <= limits_->head_bytes;
}

/// llhttp hears nothing of it.
RequestParser::Event RequestParser::take_known_head(std::string_view& input,
                                                    const PlainRequestLine& line) {
  known_fields_->copy_into(head_.headers, input.substr(0, line.size));
  input.remove_prefix(line.size + known_fields_->size());
  head_.method = line.method;
  head_.keep_alive = known_fields_->verdict().keep_alive;
  head_.forwarded = known_fields_->verdict().forwarded;
  head_.escaped = line.escaped;
  const std::string_view bytes = head_.headers.bytes();
  head_.method_name = bytes.substr(0, line.target_at - 1);
  head_.target = bytes.substr(line.target_at, line.target_size);
  head_.raw_path = head_.target.substr(0, line.path_size);
  head_.query_string = head_.target.substr(std::min(line.path_size + 1, line.target_size));
  step_ = Step::kComplete;
  return Event::kHead;
}

/// Whether `input` begins with lines that are known, and was read up to the line behind them.
bool RequestParser::begin_behind_known(std::string_view& input, const PlainRequestLine& line) {
  const std::string_view fields = input.substr(line.size);
  const KnownFields::Checkpoint* const point = known_fields_->checkpoint_of(fields);
  const std::size_t known = point == nullptr ? 0 : point->size;
  if (looks_for_checkpoint_) {
    const std::size_t common = known_fields_->common_lines(fields);
    if (common > known) return read_to_checkpoint(input, line.size, common);
  }
  if (point != nullptr) go_on_behind(input, line, *point);
  return point != nullptr;
}

/// llhttp goes on where it stood behind them in another request: of the line before, it knows only
/// the version, which was the same, and the method.
void RequestParser::go_on_behind(std::string_view& input, const PlainRequestLine& line,
                                 const KnownFields::Checkpoint& point) {
  auto* llhttp = as_llhttp(storage_);
  std::memcpy(storage_, point.llhttp.data(), sizeof(llhttp_t));
  llhttp->data = this;
  llhttp->method = llhttp_method(line.method);
  line_complete_ = true;
  url_at_ = static_cast<std::uint32_t>(line.target_at);
  url_size_ = static_cast<std::uint32_t>(line.target_size);
  partial_ = known_fields_->copy_start(head_.headers, input.substr(0, line.size), point.size,
                                       point.fields);
  field_ = point.last;
  field_.name_at += static_cast<std::uint32_t>(line.size);
  field_.value_at += static_cast<std::uint32_t>(line.size);
  known_bytes_ = point.size;
  known_count_ = point.fields;
  input.remove_prefix(line.size + point.size);
}

/// Reads a line and so many bytes of fields by themselves: there is the checkpoint from now on.
bool RequestParser::read_to_checkpoint(std::string_view& input, std::size_t line,
                                       std::size_t size) {
  auto* llhttp = as_llhttp(storage_);
  llhttp_reset(llhttp);
  input_ = input;
  if (llhttp_execute(llhttp, input.data(), line + size) != HPE_OK) {
    start_message();  // they shall be refused as those of any other request
    return false;
  }
  KnownFields::Checkpoint point{.size = size, .fields = head_.headers.size(), .last = field_};
  point.last.name_at -= static_cast<std::uint32_t>(line);
  point.last.value_at -= static_cast<std::uint32_t>(line);
  std::memcpy(point.llhttp.data(), storage_, sizeof(llhttp_t));
  known_fields_->set_checkpoint(point);
  known_bytes_ = size;
  partial_.append(input.substr(0, line + size));
  input.remove_prefix(line + size);
  return true;
}

std::uint32_t RequestParser::offset_of(const char* at) const noexcept {
  return static_cast<std::uint32_t>(partial_.size() + static_cast<std::size_t>(at - input_.data()));
}

RequestParser::Event RequestParser::parse_head(std::string_view& input) {
  if (method_unknown_) [[unlikely]]
    return refuse_method(input);
  auto* llhttp = as_llhttp(storage_);
  input_ = input;
  llhttp_errno_t code = llhttp_execute(llhttp, input.data(), input.size());
  if (code == HPE_OK) return need_more_head(input);
  if (code == HPE_INVALID_METHOD && step_ != Step::kError) return refuse_method(input);
  auto size = static_cast<std::size_t>(llhttp_get_error_pos(llhttp) - input.data());
  if (code != HPE_PAUSED) {
    const bool refused = step_ == Step::kError;
    if (!refused && !within_limits(partial_.size() + size)) return Event::kError;
    return fail_from_llhttp(code);
  }
  std::string_view head_end = input.substr(0, size);
  input.remove_prefix(size);
  return finish_head(head_end);
}

/// RFC 9112, 3: 501 for a method that nobody here knows, 400 for what is none. llhttp stops where
/// the first letters fit no name, but only the byte after the token tells.
RequestParser::Event RequestParser::refuse_method(std::string_view& input) {
  method_unknown_ = true;
  partial_.append(input);
  input = {};
  // What is longer than a request line is judged by its beginning, however much came with it.
  const std::string_view bytes = partial_.view().substr(0, limits_->request_line + 1);
  const std::size_t end = token_size(bytes);
  if (end == bytes.size() && end <= limits_->request_line) return Event::kNeedMore;
  const bool method = end > 0 && (end == bytes.size() || bytes[end] == ' ');
  fail(method ? 501 : 400, method ? "Method not implemented." : kInvalid);
  return Event::kError;
}

RequestParser::Event RequestParser::need_more_head(std::string_view& input) {
  if (!within_limits(partial_.size() + input.size())) return Event::kError;
  in_one_piece_ = false;
  partial_.append(input);
  input = input_ = {};
  return Event::kNeedMore;
}

/// So many bytes of the head were looked at. What is wrong beyond a limit does not count, or it
/// would depend on how the bytes were cut.
bool RequestParser::within_limits(std::size_t size) {
  if (!line_complete_ && size > limits_->request_line) return fail(414, kLineTooLong);
  return size > limits_->head_bytes ? fail(431, kHeadTooLarge) : true;
}

RequestParser::Event RequestParser::finish_head(std::string_view head_end) {
  if (partial_.size() + head_end.size() > limits_->head_bytes) {
    fail(431, kHeadTooLarge);
    return Event::kError;
  }
  partial_.append(head_end);
  head_.headers.adopt(std::move(partial_), known_count_);
  if (!check_request_line() || !check_fields()) return Event::kError;
  if (known_fields_ && in_one_piece_) remember_fields(head_end);
  if (!check_target()) return Event::kError;
  step_ = head_.has_body() ? Step::kBody : Step::kComplete;
  return Event::kHead;
}

bool RequestParser::check_request_line() {
  // One space on each side of the target; llhttp takes more.
  std::string_view bytes = head_.headers.bytes();
  const std::string_view method = bytes.substr(0, url_at_ - 1);
  const bool spaced =
      !method.ends_with(' ') && bytes.substr(url_at_ + url_size_).starts_with(" HTTP/");
  if (!spaced) return fail(400, kInvalid);
  if (head_.http_major != 1 || head_.http_minor > 1) {
    return fail(505, "HTTP version not supported.");
  }
  head_.method = parse_method(method);
  return head_.method == Method::kConnect ? fail(400, "CONNECT is not supported.") : true;
}

bool RequestParser::check_fields() {
  FieldSurvey found{known_host_};
  for (Headers::Field field : head_.headers) found.look_at(field);
  const bool http_1_1 = head_.http_minor == 1;
  if (!found.host_valid) return fail(400, "Invalid Host header.");
  if (found.hosts > 1) return fail(400, "More than one Host header.");
  if (found.hosts == 0 && http_1_1) return fail(400, "Missing Host header.");
  head_.forwarded = found.forwarded;
  head_.keep_alive = !found.close && (http_1_1 || found.keep_alive);
  if (found.codings > 0 && (head_.content_length || !http_1_1)) return fail(400, kInvalid);
  if (found.codings > 1 || !found.only_chunked || (found.codings == 1) != head_.chunked) {
    return fail(501, "Transfer coding not supported.");
  }
  // RFC 9110, 10.1.1: an HTTP/1.0 client cannot mean it.
  head_.expect_continue = found.expect_continue && http_1_1;
  return found.expect_other && http_1_1 ? fail(417, "Expectation not supported.") : true;
}

bool RequestParser::check_target() {
  const auto target_bytes = [this] { return head_.headers.bytes().substr(url_at_, url_size_); };
  std::optional<RequestTarget> target = parse_request_target(target_bytes(), head_.method);
  if (!target) return fail(400, "Invalid request target.");
  if (!target->authority.empty()) [[unlikely]] {
    // RFC 9112, 3.2.2: the target's host wins. Setting it may move the bytes.
    head_.headers.set("host", std::string(target->authority));
    target = parse_request_target(target_bytes(), head_.method);
  }
  head_.method_name = head_.headers.bytes().substr(0, url_at_ - 1);
  head_.target = target_bytes();
  head_.raw_path = target->path;
  head_.escaped = target->escaped;
  head_.query_string = target->query;
  return true;
}

/// Those of a head whose end is `sent`, before the target's host may replace theirs.
void RequestParser::remember_fields(std::string_view sent) {
  // Behind a request that has a body or another protocol there is more to know.
  std::optional<KnownFields::Verdict> verdict;
  if (!head_.chunked && !head_.content_length && !head_.upgrade && !head_.expect_continue &&
      head_.http_minor == 1) {
    verdict = {.keep_alive = head_.keep_alive, .forwarded = head_.forwarded};
  }
  if (!(verdict ? known_fields_->should_keep() : looks_for_checkpoint_)) return;
  if (known_bytes_ == 0) sent.remove_prefix(sent.find('\n') + 1);
  if (known_bytes_ + sent.size() > KnownFields::kLongest) return;
  known_fields_->keep(known_bytes_, sent, head_.headers, verdict);
}

void RequestHead::set_host(const std::string& host) {
  const std::string_view before = headers.bytes();
  headers.set("host", host);
  for (std::string_view* view : {&method_name, &target, &raw_path, &query_string}) {
    const bool inside = std::less_equal<>()(before.data(), view->data()) &&
                        std::less_equal<>()(view->data(), before.data() + before.size());
    if (!inside) continue;  // "/" of a target without a path
    const auto at = static_cast<std::size_t>(view->data() - before.data());
    *view = headers.bytes().substr(at, view->size());
  }
}

RequestParser::Event RequestParser::parse_body(std::string_view& input) {
  auto* llhttp = as_llhttp(storage_);
  if (input.data() == nullptr) input = "";
  input_ = input;
  body_ = {};
  trailers_from_ = chunk_line_from_ = input.data();
  llhttp_resume(llhttp);
  llhttp_errno_t code = llhttp_execute(llhttp, input.data(), input.size());
  const char* end = code == HPE_OK ? input.data() + input.size() : llhttp_get_error_pos(llhttp);
  // A size beyond the limit stands at the end of its line, whose length is judged first.
  const bool size_refused = step_ == Step::kError && error_.status == 413;
  const bool between_pieces = code == HPE_OK || step_ == Step::kComplete || size_refused;
  if (between_pieces && head_.chunked && !count_chunk_line(end)) return Event::kError;
  const bool invalid = code != HPE_OK && code != HPE_PAUSED && step_ != Step::kError;
  if (invalid && last_chunk_ && !std::exchange(in_trailers_, true)) {
    // llhttp tells nothing of a name in which something is wrong: it began with this line.
    trailers_from_ = line_of(input, end);
    if (!end_chunk_line(trailers_from_)) return Event::kError;
  }
  if (in_trailers_) trailer_bytes_ += static_cast<std::size_t>(end - trailers_from_);
  if (trailer_bytes_ > limits_->trailer_bytes) {
    fail(431, "Request trailers too large.");
    return Event::kError;
  }
  if (code != HPE_OK && code != HPE_PAUSED) return fail_from_llhttp(code);
  input.remove_prefix(static_cast<std::size_t>(end - input.data()));
  if (step_ == Step::kComplete) return Event::kComplete;
  return body_.empty() ? Event::kNeedMore : Event::kBody;
}

/// Counts what came of a chunk's size line, up to its extension or its data; nothing else bounds
/// the zeros before the size.
bool RequestParser::count_chunk_line(const char* to) {
  if (!chunk_line_ended_) {
    chunk_line_bytes_ += static_cast<std::uint32_t>(to - chunk_line_from_);
    chunk_line_from_ = to;
  }
  return chunk_line_bytes_ <= kMaxChunkLine ? true : fail(400, kInvalid);
}

bool RequestParser::end_chunk_line(const char* to) {
  const bool fits = count_chunk_line(to);
  chunk_line_ended_ = true;
  return fits;
}

bool RequestParser::trailer_name(std::string_view piece) {
  if (!end_chunk_line(piece.data())) return false;
  if (!std::exchange(in_trailers_, true)) trailers_from_ = piece.data();
  partial_.append(piece);
  field_.name_size += static_cast<std::uint32_t>(piece.size());
  return true;
}

/// `partial_` holds the name and then the value, both checked by llhttp.
void RequestParser::add_trailer() {
  const std::string_view field = partial_.view();
  if (!trailers_) trailers_ = std::make_unique<Headers>();
  trailers_->append(field.substr(0, field_.name_size), trim_ows(field.substr(field_.name_size)));
  partial_.release();
  field_.name_size = 0;
}

bool RequestParser::set_body_limit(std::uint64_t bytes) {
  body_limit_ = bytes;
  return body_exceeds(bytes) ? fail(413, kBodyTooLarge) : true;
}

bool RequestParser::body_exceeds(std::uint64_t bytes) const noexcept {
  return head_.content_length.value_or(std::max(body_bytes_, announced_bytes_)) > bytes;
}

bool RequestParser::fail(int status, std::string_view reason) {
  if (step_ == Step::kHead && status != 414) keep_request_line();
  // So that the refusal of a HEAD has no body, whatever part of its head was wrong.
  if (step_ == Step::kHead && as_llhttp(storage_)->method == HTTP_HEAD) {
    head_.method = Method::kHead;
  }
  step_ = Step::kError;
  error_ = {status, reason};
  partial_.release();
  return false;
}

/// For who tells of a request that is refused.
void RequestParser::keep_request_line() {
  const auto* llhttp = as_llhttp(storage_);
  constexpr std::string_view kBehind = " HTTP/";
  if (!line_complete_ || llhttp->http_major != 1) return;
  if (head_.headers.bytes().empty()) {  // fields are missing, or one is at fault: none is kept
    const std::size_t end = url_at_ + url_size_ + kBehind.size();
    if (partial_.size() < end) partial_.append(input_.substr(0, end - partial_.size()));
    head_.headers = Headers();
    head_.headers.adopt(std::move(partial_));
  }
  const std::string_view bytes = head_.headers.bytes();
  if (url_at_ == 0 || bytes.size() < url_at_ + url_size_) return;
  const std::string_view method = bytes.substr(0, url_at_ - 1);
  const std::string_view behind = bytes.substr(url_at_ + url_size_);
  if (method.ends_with(' ') || !behind.starts_with(kBehind)) return;
  head_.method_name = method;
  head_.target = bytes.substr(url_at_, url_size_);
  head_.http_minor = llhttp->http_minor;
}

RequestParser::Event RequestParser::fail_from_llhttp(int code) {
  auto* llhttp = as_llhttp(storage_);
  // A callback refused; for some of them llhttp puts a code of its own in place of HPE_USER.
  if (step_ == Step::kError) return Event::kError;
  const char* reason = llhttp_get_error_reason(llhttp);
  bool version =
      code == HPE_PAUSED_H2_UPGRADE || (code == HPE_INVALID_VERSION && reason != nullptr &&
                                        std::string_view(reason) == "Invalid HTTP version");
  bool coding = code == HPE_INVALID_TRANSFER_ENCODING && llhttp->http_minor == 1 &&
                (llhttp->flags & F_CONTENT_LENGTH) == 0;
  if (version) {
    fail(505, "HTTP version not supported.");
  } else if (coding) {
    fail(501, "Transfer coding not supported.");
  } else {
    fail(400, kInvalid);
  }
  return Event::kError;
}

}  // namespace capricorn
