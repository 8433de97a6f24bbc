// SPDX-License-Identifier: MIT
#include "request_parser.hpp"

#include <arpa/inet.h>
#include <llhttp.h>

#include <algorithm>
#include <limits>
#include <new>
#include <string>

namespace capricorn {

namespace {

constexpr std::string_view kInvalid = "Invalid HTTP request received.";
constexpr std::string_view kBodyTooLarge = "Request body too large.";
constexpr std::uint32_t kMaxBlankBytes = 16;

llhttp_t* as_llhttp(std::byte* storage) noexcept {
  return std::launder(reinterpret_cast<llhttp_t*>(storage));
}

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) noexcept {
  return std::ranges::equal(text, lower_case, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
  });
}

bool is_digits(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_valid_port(std::string_view port) noexcept {
  if (!is_digits(port) || port.size() > 5) return false;
  unsigned value = 0;
  for (char c : port) value = value * 10 + static_cast<unsigned>(c - '0');
  return value <= 65535;
}

bool is_valid_ipv6(std::string_view address) noexcept {
  char text[INET6_ADDRSTRLEN];
  in6_addr parsed;
  if (address.size() >= sizeof text) return false;
  *std::ranges::copy(address, text).out = '\0';
  return inet_pton(AF_INET6, text, &parsed) == 1;
}

bool is_hex(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// RFC 3986, 3.2.2: unreserved, sub-delims and percent escapes.
bool is_valid_name(std::string_view name) noexcept {
  for (std::size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (alnum || (c != '\0' && std::string_view("-._~!$&'()*+,;=").contains(c))) continue;
    if (c != '%' || name.size() - i < 3 || !is_hex(name[i + 1]) || !is_hex(name[i + 2])) {
      return false;
    }
    i += 2;
  }
  return true;
}

/// RFC 9112, 3.2: uri-host [ ":" port ]. It may be empty.
bool is_valid_host(std::string_view host) noexcept {
  std::size_t end = host.find(':');
  if (host.starts_with('[')) {
    end = host.find(']');
    if (end == std::string_view::npos || !is_valid_ipv6(host.substr(1, end - 1))) return false;
    ++end;
  } else if (!is_valid_name(host.substr(0, end))) {
    return false;
  }
  if (end >= host.size()) return true;
  return host[end] == ':' && is_valid_port(host.substr(end + 1));
}

/// The scheme and "://" of an absolute-form target; 0 for another form.
std::size_t scheme_size(std::string_view target) noexcept {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (equals_ignoring_case(target.substr(0, scheme.size()), scheme)) return scheme.size();
  }
  return 0;
}

}  // namespace

/// llhttp's calls. It reports pieces of spans, one after the other without a gap.
struct RequestParser::Callbacks {
  static RequestParser& self(llhttp_t* llhttp) noexcept {
    return *static_cast<RequestParser*>(llhttp->data);
  }
  static int refuse(RequestParser& parser, int status, std::string_view reason) noexcept {
    parser.fail(status, reason);
    return HPE_USER;
  }

  static int on_method(llhttp_t* llhttp, const char*, std::size_t size) {
    auto& parser = self(llhttp);
    parser.method_size_ = static_cast<std::uint16_t>(parser.method_size_ + size);
    return HPE_OK;
  }

  static int on_url(llhttp_t* llhttp, const char* at, std::size_t size) {
    auto& parser = self(llhttp);
    if (parser.url_size_ == 0) parser.url_at_ = parser.offset_of(at);
    parser.url_size_ += static_cast<std::uint32_t>(size);
    // llhttp would go on to the fields of an HTTP/0.9 request, which has none.
    const char* end = at + size;
    bool ended = end < parser.input_.data() + parser.input_.size();
    return ended && (*end == '\r' || *end == '\n') ? refuse(parser, 400, kInvalid) : HPE_OK;
  }

  static int on_version(llhttp_t* llhttp, const char* at, std::size_t size) {
    auto& parser = self(llhttp);
    parser.line_complete_ = true;
    bool fits = parser.offset_of(at) + size <= parser.limits_->request_line;
    return fits ? HPE_OK : refuse(parser, 414, "Request line too long.");
  }

  static int on_header_field(llhttp_t* llhttp, const char* at, std::size_t size) {
    auto& parser = self(llhttp);
    if (parser.step_ == Step::kBody) {
      if (!parser.in_trailers_) parser.trailers_from_ = at;
      parser.in_trailers_ = true;
      return HPE_OK;
    }
    if (parser.name_size_ == 0) parser.name_at_ = parser.offset_of(at);
    parser.name_size_ += static_cast<std::uint32_t>(size);
    return HPE_OK;
  }

  static int on_header_value(llhttp_t* llhttp, const char* at, std::size_t size) {
    auto& parser = self(llhttp);
    if (parser.step_ == Step::kBody) return HPE_OK;
    if (parser.value_size_ == 0) parser.value_at_ = parser.offset_of(at);
    // White space at the end is not part of the value; in the middle a later piece brings it in.
    while (size > 0 && (at[size - 1] == ' ' || at[size - 1] == '\t')) --size;
    if (size > 0) parser.value_size_ = parser.offset_of(at + size) - parser.value_at_;
    return HPE_OK;
  }

  static int on_header_value_complete(llhttp_t* llhttp) {
    auto& parser = self(llhttp);
    bool trailer = parser.step_ == Step::kBody;
    std::size_t fields = trailer ? ++parser.trailer_fields_ : parser.head_.headers.size() + 1;
    if (fields > parser.limits_->head_fields ||
        parser.name_size_ > std::numeric_limits<std::uint16_t>::max()) {
      return refuse(parser, 431, "Too many header fields.");
    }
    if (trailer) return HPE_OK;
    parser.head_.headers.append_at(parser.name_at_, static_cast<std::uint16_t>(parser.name_size_),
                                   parser.value_at_, parser.value_size_);
    parser.name_size_ = parser.value_size_ = 0;
    return HPE_OK;
  }

  static int on_headers_complete(llhttp_t* llhttp) {
    auto& head = self(llhttp).head_;
    head.http_major = llhttp->http_major;
    head.http_minor = llhttp->http_minor;
    head.keep_alive = llhttp_should_keep_alive(llhttp) != 0;
    head.chunked = (llhttp->flags & F_CHUNKED) != 0;
    head.upgrade = (llhttp->flags & F_UPGRADE) != 0;
    if ((llhttp->flags & F_CONTENT_LENGTH) != 0) head.content_length = llhttp->content_length;
    // An upgrade that nobody takes must not stop the reading of the body and what follows.
    llhttp->upgrade = 0;
    return HPE_PAUSED;
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
    bool fits = parser.body_bytes_ <= parser.body_limit_ &&
                llhttp->content_length <= parser.body_limit_ - parser.body_bytes_;
    return fits ? HPE_OK : refuse(parser, 413, kBodyTooLarge);
  }

  static int on_body(llhttp_t* llhttp, const char* at, std::size_t size) {
    auto& parser = self(llhttp);
    if (size == 0) return HPE_OK;
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
    settings.on_method = on_method;
    settings.on_url = on_url;
    settings.on_version = on_version;
    settings.on_header_field = on_header_field;
    settings.on_header_value = on_header_value;
    settings.on_header_value_complete = on_header_value_complete;
    settings.on_headers_complete = on_headers_complete;
    settings.on_chunk_extension_name = on_chunk_extension;
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
    case Step::kHead: return parse_head(input);
    case Step::kIdle:
    case Step::kComplete: break;
  }
  // RFC 9112, 2.2: an empty line before a request line; not lines without end.
  while (!input.empty() && (input[0] == '\r' || input[0] == '\n')) {
    if (++blank_bytes_ > kMaxBlankBytes) {
      fail(400, kInvalid);
      return Event::kError;
    }
    input.remove_prefix(1);
  }
  if (input.empty()) return Event::kNeedMore;
  start_message();
  return parse_head(input);
}

void RequestParser::start_message() noexcept {
  llhttp_reset(as_llhttp(storage_));
  step_ = Step::kHead;
  line_complete_ = in_trailers_ = false;
  method_size_ = 0;
  url_size_ = name_size_ = value_size_ = trailer_fields_ = 0;
  trailer_bytes_ = extension_bytes_ = 0;
  blank_bytes_ = 0;
  body_bytes_ = 0;
  body_limit_ = std::numeric_limits<std::uint64_t>::max();
  head_ = RequestHead();
}

std::uint32_t RequestParser::offset_of(const char* at) const noexcept {
  return static_cast<std::uint32_t>(partial_.size() + static_cast<std::size_t>(at - input_.data()));
}

RequestParser::Event RequestParser::parse_head(std::string_view& input) {
  auto* llhttp = as_llhttp(storage_);
  input_ = input;
  llhttp_errno_t code = llhttp_execute(llhttp, input.data(), input.size());
  if (code == HPE_OK) return need_more_head(input);
  if (code != HPE_PAUSED) return fail_from_llhttp(code);
  auto size = static_cast<std::size_t>(llhttp_get_error_pos(llhttp) - input.data());
  std::string_view head_end = input.substr(0, size);
  input.remove_prefix(size);
  return finish_head(head_end);
}

RequestParser::Event RequestParser::need_more_head(std::string_view& input) {
  std::size_t size = partial_.size() + input.size();
  if (!line_complete_ && size > limits_->request_line) {
    fail(414, "Request line too long.");
    return Event::kError;
  }
  if (size > limits_->head_bytes) {
    fail(431, "Request head too large.");
    return Event::kError;
  }
  partial_.append(input);
  input = {};
  return Event::kNeedMore;
}

RequestParser::Event RequestParser::finish_head(std::string_view head_end) {
  if (partial_.size() + head_end.size() > limits_->head_bytes) {
    fail(431, "Request head too large.");
    return Event::kError;
  }
  partial_.append(head_end);
  head_.headers.adopt(std::move(partial_));
  if (!check_request_line() || !check_framing() || !check_target() || !check_host()) {
    return Event::kError;
  }
  step_ = head_.has_body() ? Step::kBody : Step::kComplete;
  return Event::kHead;
}

bool RequestParser::check_request_line() {
  std::string_view bytes = head_.headers.bytes();
  bool spaced =
      url_at_ == method_size_ + 1U && bytes.substr(url_at_ + url_size_).starts_with(" HTTP/");
  if (!spaced) return fail(400, kInvalid);
  if (head_.http_major != 1 || head_.http_minor > 1) {
    return fail(505, "HTTP version not supported.");
  }
  head_.method = parse_method(bytes.substr(0, method_size_));
  return head_.method == Method::kConnect ? fail(400, "CONNECT is not supported.") : true;
}

bool RequestParser::check_framing() {
  std::size_t codings = 0;
  bool only_chunked = true;
  for (Headers::Field field : head_.headers) {
    if (field.id == HeaderId::kTransferEncoding) {
      ++codings;
      only_chunked = only_chunked && equals_ignoring_case(field.value, "chunked");
    } else if (field.id == HeaderId::kExpect && head_.http_minor == 1) {
      head_.expect_continue |= equals_ignoring_case(field.value, "100-continue");
    }
  }
  if (codings > 0 && (head_.content_length || head_.http_minor == 0)) return fail(400, kInvalid);
  if (codings > 1 || !only_chunked || (codings == 1) != head_.chunked) {
    return fail(501, "Transfer coding not supported.");
  }
  return true;
}

bool RequestParser::check_target() {
  std::string_view target = head_.headers.bytes().substr(url_at_, url_size_);
  std::size_t scheme = scheme_size(target);
  bool asterisk = target == "*" && head_.method == Method::kOptions;
  if ((!target.starts_with('/') && scheme == 0 && !asterisk) || target.contains('#')) {
    return fail(400, "Invalid request target.");
  }
  if (scheme == 0) return true;
  std::string authority(target.substr(scheme));
  authority.resize(std::min(authority.size(), authority.find_first_of("/?")));
  if (authority.empty()) return fail(400, "Invalid request target.");
  std::size_t hosts = 0;
  for (Headers::Field field : head_.headers) hosts += field.id == HeaderId::kHost;
  // RFC 9112, 3.2.2: the target's host wins, but a missing or doubled Host stays an error.
  if (hosts == 1 || (hosts == 0 && head_.http_minor == 0)) head_.headers.set("host", authority);
  return true;
}

bool RequestParser::check_host() {
  std::size_t hosts = 0;
  for (Headers::Field field : head_.headers) {
    if (field.id != HeaderId::kHost) continue;
    ++hosts;
    if (!is_valid_host(field.value)) return fail(400, "Invalid Host header.");
  }
  if (hosts > 1) return fail(400, "More than one Host header.");
  if (hosts == 0 && head_.http_minor == 1) return fail(400, "Missing Host header.");
  // From here on the bytes stay where they are.
  std::string_view bytes = head_.headers.bytes();
  head_.method_name = bytes.substr(0, method_size_);
  head_.target = bytes.substr(url_at_, url_size_);
  std::string_view path = head_.target;
  if (std::size_t scheme = scheme_size(path); scheme > 0) {
    path.remove_prefix(std::min(path.size(), path.find_first_of("/?", scheme)));
  }
  head_.raw_path = path.substr(0, path.find('?'));
  head_.query_string = path.substr(std::min(path.size(), head_.raw_path.size() + 1));
  if (head_.raw_path.empty()) head_.raw_path = "/";
  return true;
}

RequestParser::Event RequestParser::parse_body(std::string_view& input) {
  auto* llhttp = as_llhttp(storage_);
  if (input.data() == nullptr) input = "";
  input_ = input;
  body_ = {};
  trailers_from_ = input.data();
  llhttp_resume(llhttp);
  llhttp_errno_t code = llhttp_execute(llhttp, input.data(), input.size());
  const char* end = code == HPE_OK ? input.data() + input.size() : llhttp_get_error_pos(llhttp);
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

bool RequestParser::set_body_limit(std::uint64_t bytes) noexcept {
  body_limit_ = bytes;
  return body_exceeds(bytes) ? fail(413, kBodyTooLarge) : true;
}

bool RequestParser::body_exceeds(std::uint64_t bytes) const noexcept {
  if (head_.content_length) return *head_.content_length > bytes;
  if (body_bytes_ > bytes) return true;
  if (step_ != Step::kBody) return false;
  const auto* llhttp = std::launder(reinterpret_cast<const llhttp_t*>(storage_));
  return llhttp->content_length > bytes - body_bytes_;
}

bool RequestParser::fail(int status, std::string_view reason) noexcept {
  step_ = Step::kError;
  error_ = {status, reason};
  partial_.release();
  return false;
}

RequestParser::Event RequestParser::fail_from_llhttp(int code) noexcept {
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
