// SPDX-License-Identifier: MIT
#include <capricorn/http/websocket_frames.hpp>

#include <string>

#include "fuzz.hpp"

using namespace capricorn;

namespace {

constexpr std::size_t kMaxMessage = 4096;

/// What a parser makes of the bytes: events, payloads and the error that ended it.
class Reader {
 public:
  explicit Reader(bool deflate) : parser_(kMaxMessage, deflate ? &inflater_ : nullptr) {}

  void feed(std::string_view bytes) {
    using Event = WebSocketParser::Event;
    while (!ended_) {
      const Event event = parser_.parse(bytes);
      if (event == Event::kNeedMore) {
        fuzz::require(bytes.empty(), "a parser that needs more has taken everything");
        return;
      }
      seen_ += static_cast<char>(event);
      if (event == Event::kMessage) take_message();
      if (event == Event::kPing || event == Event::kPong) seen_ += parser_.payload();
      if (event == Event::kClose) take_close();
      if (event == Event::kError) take_error();
    }
  }
  const std::string& seen() const noexcept { return seen_; }

 private:
  void take_message() {
    const Buffer message = parser_.take_message();
    fuzz::require(message.size() <= kMaxMessage, "a message is not too large");
    if (parser_.message_is_text()) {
      Utf8Validator utf8;
      fuzz::require(utf8.feed(message.view()) && utf8.complete(), "text is UTF-8");
    }
    seen_ += message.view();
  }
  void take_close() {
    const int code = parser_.close_code();
    fuzz::require(code == 1005 || is_close_code(code), "a close code may be sent");
    seen_ += std::to_string(code);
    seen_ += parser_.close_reason();
  }
  void take_error() {
    const int code = parser_.error().code;
    fuzz::require(code == 1002 || code == 1007 || code == 1009, "an error has one of its codes");
    seen_ += std::to_string(code);
    ended_ = true;
  }

  WebSocketInflater inflater_{true};
  WebSocketParser parser_;
  std::string seen_;
  bool ended_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const bool deflate = input.choose(2) == 1;
  const std::size_t seed = input.choose(64);
  Reader whole(deflate);
  whole.feed(input.rest());
  Reader pieces(deflate);
  fuzz::feed_in_pieces(input.rest(), seed, [&](std::string_view piece) { pieces.feed(piece); });
  fuzz::require(whole.seen() == pieces.seen(), "pieces are read as the whole");
  return 0;
}
