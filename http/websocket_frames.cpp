// SPDX-License-Identifier: MIT
#include "websocket_frames.hpp"

#include <algorithm>
#include <cstring>

namespace capricorn {
namespace {

constexpr std::size_t kLargestControl = 125;
constexpr std::size_t kLargestShort = 125;  // whose size is one byte
constexpr std::size_t kShortHead = 6;       // of a frame of up to 125 bytes, with its mask
constexpr std::string_view kNotUtf8 = "invalid UTF-8";
constexpr std::string_view kTooLarge = "message too big";

std::uint64_t read_big_endian(const unsigned char* at, std::size_t size) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | at[i];
  return value;
}

void append_big_endian(Buffer& out, std::uint64_t value, std::size_t size) {
  while (size > 0) out.push_back(static_cast<char>(value >> (8 * --size)));
}

}  // namespace

WebSocketParser::Event WebSocketParser::parse(std::string_view& input) {
  if (starts_whole_message(input)) return take_whole_message(input);
  while (true) {
    if (step_ == Step::kHead && !read_head(input)) return failed();
    if (step_ == Step::kError || !read_payload(input)) return failed();
    step_ = Step::kHead;
    head_size_ = 0;
    if (is_control()) return end_control();
    if (!is_final()) continue;
    return end_message() ? Event::kMessage : Event::kError;
  }
}

/// Whether it begins with the usual message: one short frame, all of it here, not compressed.
bool WebSocketParser::starts_whole_message(std::string_view input) const noexcept {
  if (step_ != Step::kHead || head_size_ > 0 || in_message_ || input.size() < kShortHead) {
    return false;
  }
  const auto first = static_cast<unsigned char>(input[0]);
  const std::size_t size = static_cast<unsigned char>(input[1]) ^ 0x80U;  // more than any, unmasked
  return (first == 0x81 || first == 0x82) && size <= kLargestShort && size <= max_message_ &&
         size <= input.size() - kShortHead;
}

WebSocketParser::Event WebSocketParser::take_whole_message(std::string_view& input) {
  std::memcpy(head_, input.data(), kShortHead);
  mask_at_ = kShortHead - 4;
  done_ = 0;
  text_ = opcode() == WebSocketOpcode::kText;
  compressed_ = false;
  message_.clear();
  utf8_.reset();
  const std::string_view masked = input.substr(kShortHead, head_[1] & 0x7fU);
  input.remove_prefix(kShortHead + masked.size());
  return take_data(masked) && end_message() ? Event::kMessage : Event::kError;
}

/// False where more is needed, or it is refused: each byte is looked at as soon as it is there.
bool WebSocketParser::read_head(std::string_view& input) {
  if (!fill_head(input, 1) || !check_opcode()) return false;
  if (!fill_head(input, 2) || !check_mask_and_size()) return false;
  mask_at_ = size_bytes_end();
  if (!fill_head(input, mask_at_) || !read_size()) return false;
  if (!fill_head(input, mask_at_ + 4U)) return false;
  start_payload();
  return true;
}

bool WebSocketParser::fill_head(std::string_view& input, std::size_t size) noexcept {
  while (head_size_ < size && !input.empty()) {
    head_[head_size_++] = static_cast<unsigned char>(input.front());
    input.remove_prefix(1);
  }
  return head_size_ >= size;
}

bool WebSocketParser::check_opcode() noexcept {
  const bool reserved = (head_[0] & 0x30) != 0;
  const bool rsv1 = (head_[0] & 0x40) != 0;
  if (reserved || (rsv1 && !inflater_)) return fail(1002, "reserved bits must be 0");
  switch (opcode()) {
    case WebSocketOpcode::kContinuation:
      if (!in_message_) return fail(1002, "unexpected continuation frame");
      break;
    case WebSocketOpcode::kText:
    case WebSocketOpcode::kBinary:
      if (in_message_) return fail(1002, "expected a continuation frame");
      return true;
    case WebSocketOpcode::kClose:
    case WebSocketOpcode::kPing:
    case WebSocketOpcode::kPong:
      if (!is_final()) return fail(1002, "fragmented control frame");
      break;
    default: return fail(1002, "invalid opcode");
  }
  // RFC 7692, 6.1: only the first frame of a message says that it is compressed.
  return rsv1 ? fail(1002, "reserved bits must be 0") : true;
}

bool WebSocketParser::check_mask_and_size() noexcept {
  if ((head_[1] & 0x80) == 0) return fail(1002, "expected a masked frame");
  if (is_control() && (head_[1] & 0x7f) > kLargestControl) {
    return fail(1002, "control frame too long");
  }
  return true;
}

bool WebSocketParser::read_size() noexcept {
  size_ = head_[1] & 0x7fU;
  if (mask_at_ > 2) {
    size_ = read_big_endian(head_ + 2, mask_at_ - 2U);
    if (size_ < (mask_at_ == 4 ? 126U : 65536U)) return fail(1002, "length is not minimal");
    if (size_ >> 63) return fail(1002, "length is too large");
  }
  if (is_control()) return true;
  const bool compressed =
      opcode() == WebSocketOpcode::kContinuation ? compressed_ : head_[0] & 0x40;
  const std::size_t stored = in_message_ ? message_.size() : 0;
  // How large a compressed message becomes is seen as it comes.
  return !compressed && size_ > max_message_ - stored ? fail(1009, kTooLarge) : true;
}

void WebSocketParser::start_payload() noexcept {
  step_ = Step::kPayload;
  done_ = 0;
  if (is_control()) {
    control_size_ = 0;
  } else if (!in_message_) {
    in_message_ = true;
    text_ = opcode() == WebSocketOpcode::kText;
    compressed_ = (head_[0] & 0x40) != 0;
    message_.clear();
    utf8_.reset();
  }
}

/// False where more is needed, or it is refused.
bool WebSocketParser::read_payload(std::string_view& input) {
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(size_ - done_, input.size()));
  const std::string_view masked = input.substr(0, taken);
  input.remove_prefix(taken);
  if (is_control()) {
    unmask(control_ + control_size_, masked);
    control_size_ = static_cast<std::uint8_t>(control_size_ + taken);
  } else if (!(compressed_ ? inflate_data(masked) : take_data(masked))) {
    return false;
  }
  done_ += taken;
  return done_ == size_;
}

bool WebSocketParser::take_data(std::string_view masked) {
  if (masked.empty()) return true;
  char* to = message_.prepare(masked.size());
  unmask(to, masked);
  message_.commit(masked.size());
  return !text_ || utf8_.feed({to, masked.size()}) ? true : fail(1007, kNotUtf8);
}

bool WebSocketParser::inflate_data(std::string_view masked) {
  char piece[4096];
  for (std::size_t at = 0; at < masked.size(); at += sizeof piece) {
    const std::string_view part = masked.substr(at, sizeof piece);
    unmask(piece, part);  // the mask fits each of them: they start at a multiple of its size
    const std::size_t from = message_.size();
    const auto result = inflater_->feed({piece, part.size()}, message_, max_message_);
    if (!check_inflated(result, from)) return false;
  }
  return true;
}

bool WebSocketParser::check_inflated(WebSocketInflater::Result result, std::size_t from) {
  // First what comes first: the verdict must not depend on the pieces that the bytes came in.
  if (text_ && !utf8_.feed(message_.view().substr(from))) return fail(1007, kNotUtf8);
  if (result == WebSocketInflater::Result::kTooLarge) return fail(1009, kTooLarge);
  if (result == WebSocketInflater::Result::kInvalid) return fail(1007, "invalid compressed data");
  return true;
}

/// Eight bytes at a time.
void WebSocketParser::unmask(char* to, std::string_view masked) noexcept {
  unsigned char keys[12];
  for (std::size_t i = 0; i < sizeof keys; i += 4) std::memcpy(keys + i, head_ + mask_at_, 4);
  const unsigned char* const key = keys + done_ % 4;
  std::uint64_t wide_key;
  std::memcpy(&wide_key, key, sizeof wide_key);
  std::size_t i = 0;
  for (std::uint64_t word; masked.size() - i >= sizeof word; i += sizeof word) {
    std::memcpy(&word, masked.data() + i, sizeof word);
    word ^= wide_key;
    std::memcpy(to + i, &word, sizeof word);
  }
  for (; i < masked.size(); ++i) {
    to[i] = static_cast<char>(static_cast<unsigned char>(masked[i]) ^ key[i % 4]);
  }
}

bool WebSocketParser::end_message() {
  if (compressed_) {
    const std::size_t from = message_.size();
    if (!check_inflated(inflater_->finish(message_, max_message_), from)) return false;
  }
  if (text_ && !utf8_.complete()) return fail(1007, kNotUtf8);
  in_message_ = false;
  return true;
}

WebSocketParser::Event WebSocketParser::end_control() noexcept {
  if (opcode() == WebSocketOpcode::kPing) return Event::kPing;
  if (opcode() == WebSocketOpcode::kPong) return Event::kPong;
  close_code_ = 1005;
  if (control_size_ == 0) return Event::kClose;
  const auto* code = reinterpret_cast<const unsigned char*>(control_);
  close_code_ = control_size_ > 1 ? static_cast<int>(read_big_endian(code, 2)) : 0;
  if (!is_close_code(close_code_)) {
    fail(1002, "invalid close code");
    return Event::kError;
  }
  Utf8Validator utf8;
  if (!utf8.feed(close_reason()) || !utf8.complete()) {
    fail(1007, kNotUtf8);
    return Event::kError;
  }
  return Event::kClose;
}

bool WebSocketParser::fail(int code, std::string_view reason) noexcept {
  step_ = Step::kError;
  error_ = {code, reason};
  message_.release();
  return false;
}

void append_frame_head(Buffer& out, WebSocketOpcode opcode, std::size_t size, bool compressed) {
  out.push_back(static_cast<char>(0x80U | (compressed ? 0x40U : 0U) | std::to_underlying(opcode)));
  if (size < 126) {
    out.push_back(static_cast<char>(size));
  } else if (size < 65536) {
    out.push_back(126);
    append_big_endian(out, size, 2);
  } else {
    out.push_back(127);
    append_big_endian(out, size, 8);
  }
}

void append_frame(Buffer& out, WebSocketOpcode opcode, std::string_view payload) {
  append_frame_head(out, opcode, payload.size());
  out.append(payload);
}

void append_close_frame(Buffer& out, int code, std::string_view reason) {
  if (code == 1005) return append_frame_head(out, WebSocketOpcode::kClose, 0);
  if (reason.size() > kLargestControl - 2) {
    std::size_t end = kLargestControl - 2;
    while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xc0) == 0x80) --end;
    reason = reason.substr(0, end);
  }
  append_frame_head(out, WebSocketOpcode::kClose, 2 + reason.size());
  append_big_endian(out, static_cast<std::uint64_t>(code), 2);
  out.append(reason);
}

}  // namespace capricorn
