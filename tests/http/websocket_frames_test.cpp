// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/websocket_frames.hpp>
#include <websocket_bytes.hpp>

#include <string>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;

namespace {

constexpr std::size_t kMax = 70000;

/// What a parser makes of the bytes, in words.
class Transcript {
 public:
  explicit Transcript(bool deflate) : parser_(kMax, deflate ? &inflater_ : nullptr) {}

  void feed(std::string_view bytes) {
    using Event = WebSocketParser::Event;
    while (!ended_) {
      switch (parser_.parse(bytes)) {
        case Event::kNeedMore: CHECK(bytes.empty()); return;
        case Event::kMessage: {
          const Buffer message = parser_.take_message();
          add(parser_.message_is_text() ? "text(" : "binary(", message.view());
          break;
        }
        case Event::kPing: add("ping(", parser_.payload()); break;
        case Event::kPong: add("pong(", parser_.payload()); break;
        case Event::kClose:
          add("close(" + std::to_string(parser_.close_code()) + " ", parser_.close_reason());
          break;
        case Event::kError:
          add("error(", std::to_string(parser_.error().code));
          ended_ = true;
          break;
      }
    }
  }
  const std::string& text() const noexcept { return text_; }

 private:
  void add(const std::string& what, std::string_view payload) {
    const bool long_one = payload.size() > 200;
    text_ += what + (long_one ? std::to_string(payload.size()) : std::string(payload)) + ")";
  }

  WebSocketInflater inflater_{true};
  WebSocketParser parser_;
  std::string text_;
  bool ended_ = false;
};

/// Whole, byte by byte, and split in two at every position.
void always_reads(const std::string& bytes, const std::string& expected, bool deflate = false) {
  Transcript whole(deflate);
  whole.feed(bytes);
  CHECK(whole.text() == expected);
  Transcript single(deflate);
  for (const char c : bytes) single.feed({&c, 1});
  CHECK(single.text() == expected);
  const std::size_t step = bytes.size() > 2000 ? 997 : 1;
  for (std::size_t split = 0; split < bytes.size(); split += step) {
    Transcript parts(deflate);
    parts.feed(std::string_view(bytes).substr(0, split));
    parts.feed(std::string_view(bytes).substr(split));
    INFO("split at ", split);
    CHECK(parts.text() == expected);
  }
}

struct Case {
  const char* name;
  std::string bytes;
  std::string expected;
};

void check(const std::vector<Case>& cases, bool deflate = false) {
  for (const Case& each : cases) {
    INFO(each.name);
    always_reads(each.bytes, each.expected, deflate);
  }
}

const std::string kLong(125, 'c');
// Of RFC 7692, 7.2.3.
const std::string kHello("\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
const std::string kHelloAgain("\xf2\x00\x11\x00\x00", 5);

}  // namespace

TEST_CASE("frames are read whatever pieces they come in") {
  check({
      {"RFC 6455, 5.7: a masked text", "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
       "text(Hello)"},
      {"an empty text", text_frame(""), "text()"},
      {"an empty binary message", frame(0x82, ""), "binary()"},
      {"fragments", frame(0x01, "Hel") + frame(0x80, "lo"), "text(Hello)"},
      {"empty fragments", frame(0x02, "") + frame(0x00, "") + frame(0x80, ""), "binary()"},
      {"a ping between fragments",
       frame(0x01, "Hel") + frame(0x89, "p") + frame(0x00, "l") + frame(0x8a, "q") +
           frame(0x80, "o"),
       "ping(p)pong(q)text(Hello)"},
      {"the longest control frame", frame(0x89, kLong), "ping(" + kLong + ")"},
      {"two messages", text_frame("a") + frame(0x82, "b"), "text(a)binary(b)"},
      {"the longest with a short head", text_frame(kLong), "text(" + kLong + ")"},
      {"16 bits of length", text_frame(std::string(126, 'x')),
       "text(" + std::string(126, 'x') + ")"},
      {"65535 bytes", frame(0x82, std::string(65535, 'x')), "binary(65535)"},
      {"64 bits of length", frame(0x82, std::string(65536, 'x')), "binary(65536)"},
      {"binary need not be UTF-8", frame(0x82, "\xff\xfe"), "binary(\xff\xfe)"},
      {"an empty close", frame(0x88, ""), "close(1005 )"},
      {"a close with a code", close_frame(1000), "close(1000 )"},
      {"a close with a reason", close_frame(3000, "bye"), "close(3000 bye)"},
      {"the longest reason", close_frame(1001, std::string(123, 'r')),
       "close(1001 " + std::string(123, 'r') + ")"},
  });
}

TEST_CASE("what RFC 6455 forbids is error 1002") {
  check({
      {"RSV1 without an extension", frame(0xc1, "x"), "error(1002)"},
      {"RSV2", frame(0xa1, "x"), "error(1002)"},
      {"RSV3", frame(0x91, "x"), "error(1002)"},
      {"opcode 3", frame(0x83, "x"), "error(1002)"},
      {"opcode 7", frame(0x87, "x"), "error(1002)"},
      {"opcode 11", frame(0x8b, "x"), "error(1002)"},
      {"opcode 15", frame(0x8f, "x"), "error(1002)"},
      {"not masked", server_frame(0x81, "x"), "error(1002)"},
      {"not masked and empty", server_frame(0x89, ""), "error(1002)"},
      {"a fragmented ping", frame(0x09, "x"), "error(1002)"},
      {"a fragmented close", frame(0x08, ""), "error(1002)"},
      {"a long ping", frame(0x89, std::string(126, 'x')), "error(1002)"},
      {"a long close", close_frame(1000, std::string(124, 'x')), "error(1002)"},
      {"16 bits for 125", std::string("\x81\xfe\x00\x7d", 4), "error(1002)"},
      {"64 bits for 65535", std::string("\x81\xff\0\0\0\0\0\0\xff\xff", 10), "error(1002)"},
      {"the highest bit of a length", std::string("\x81\xff\x80\0\0\0\0\1\0\0", 10), "error(1002)"},
      {"a continuation of nothing", frame(0x80, "x"), "error(1002)"},
      {"a continuation after the end", text_frame("a") + frame(0x80, "x"), "text(a)error(1002)"},
      {"a text within a message", frame(0x01, "a") + text_frame("b"), "error(1002)"},
      {"a binary within a message", frame(0x02, "a") + frame(0x02, "b"), "error(1002)"},
      {"one byte of a close code", frame(0x88, "\x03"), "error(1002)"},
  });
}

TEST_CASE("close codes are those that may be sent") {
  for (const int code : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    INFO(code);
    always_reads(close_frame(code), "error(1002)");
  }
  for (const int code : {1000, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999}) {
    INFO(code);
    always_reads(close_frame(code), "close(" + std::to_string(code) + " )");
  }
}

TEST_CASE("text that is no UTF-8 is error 1007") {
  const std::vector<Case> cases = {
      {"a lone continuation", "\x80", "error(1007)"},
      {"an overlong slash", "\xc0\xaf", "error(1007)"},
      {"an overlong of three", "\xe0\x9f\xbf", "error(1007)"},
      {"an overlong of four", "\xf0\x8f\xbf\xbf", "error(1007)"},
      {"a surrogate", "\xed\xa0\x80", "error(1007)"},
      {"beyond the last", "\xf4\x90\x80\x80", "error(1007)"},
      {"a lead that is none", "\xf5\x80\x80\x80", "error(1007)"},
      {"a sequence that is cut", "\xce\xba\xe1\xbd", "error(1007)"},
      {"the borders",
       "\xc2\x80\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
       "text(\xc2\x80\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf)"},
      {"behind much ASCII", "0123456789abcdef\xff", "error(1007)"},
  };
  for (const Case& each : cases) {
    INFO(each.name);
    always_reads(text_frame(each.bytes), each.expected);
    for (std::size_t cut = 0; cut <= each.bytes.size(); ++cut) {
      always_reads(frame(0x01, each.bytes.substr(0, cut)) + frame(0x80, each.bytes.substr(cut)),
                   each.expected);
    }
  }
  always_reads(close_frame(1000, "\xff"), "error(1007)");
  always_reads(close_frame(1000, "\xe2\x82"), "error(1007)");
}

TEST_CASE("invalid UTF-8 is refused before the frame has ended") {
  Transcript transcript(false);
  transcript.feed(frame_head(0x01, 50) + masked("ab\xf4\x90"));
  CHECK(transcript.text() == "error(1007)");
}

TEST_CASE("a message that is too large is refused by its head") {
  always_reads(frame_head(0x82, kMax + 1), "error(1009)");
  always_reads(frame_head(0x82, ~0ULL >> 1), "error(1009)");
  always_reads(frame(0x02, std::string(40000, 'x')) + frame_head(0x80, 30001), "error(1009)");
  always_reads(frame(0x02, std::string(40000, 'x')) + frame(0x80, std::string(30000, 'x')),
               "binary(70000)");
}

TEST_CASE("a limit of few bytes holds for the shortest frames, too") {
  WebSocketParser parser(4);
  const std::string good = text_frame("1234");
  const std::string large = text_frame("12345");
  std::string_view input = good;
  CHECK(parser.parse(input) == WebSocketParser::Event::kMessage);
  CHECK(parser.take_message().view() == "1234");
  input = large;
  CHECK(parser.parse(input) == WebSocketParser::Event::kError);
  CHECK(parser.error().code == 1009);
}

TEST_CASE("compressed messages are read whatever pieces they come in") {
  check(
      {
          {"RFC 7692, 7.2.3.1", frame(0xc1, kHello), "text(Hello)"},
          {"in two frames", frame(0x41, kHello.substr(0, 3)) + frame(0x80, kHello.substr(3)),
           "text(Hello)"},
          {"7.2.3.2: with what was before", frame(0xc1, kHello) + frame(0xc1, kHelloAgain),
           "text(Hello)text(Hello)"},
          {"7.2.3.3: without compression",
           frame(0xc1, std::string("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11)),
           "text(Hello)"},
          {"7.2.3.4: a last block, and a message behind it",
           frame(0xc1, std::string("\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8)) +
               frame(0xc1, kHelloAgain),
           "text(Hello)text(Hello)"},
          {"7.2.3.5: two blocks",
           frame(0xc1, std::string("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13)),
           "text(Hello)"},
          {"7.2.3.6: an empty message", frame(0xc1, std::string(1, '\0')), "text()"},
          {"nothing at all", frame(0xc1, "") + frame(0xc1, kHello), "text()text(Hello)"},
          {"one that is not compressed", frame(0xc1, kHello) + text_frame("plain"),
           "text(Hello)text(plain)"},
          {"a ping between",
           frame(0x41, kHello.substr(0, 3)) + frame(0x89, "p") + frame(0x80, kHello.substr(3)),
           "ping(p)text(Hello)"},
          {"RSV1 of a continuation", frame(0x41, kHello.substr(0, 3)) + frame(0xc0, "x"),
           "error(1002)"},
          {"RSV1 of a ping", frame(0xc9, "x"), "error(1002)"},
          {"what is no DEFLATE", frame(0xc1, "\xff\xff\xff\xff"), "error(1007)"},
          {"DEFLATE that is cut", frame(0xc1, kHello.substr(0, 4)), "error(1007)"},
      },
      true);
}

TEST_CASE("a compressor's messages are what its decompressor reads") {
  for (const int bits : {8, 9, 12, 15}) {
    for (const bool keeps_context : {true, false}) {
      WebSocketDeflater deflater(bits, keeps_context);
      WebSocketInflater inflater(keeps_context);
      std::string message;
      for (int i = 0; i < 3000; ++i) message += std::to_string(i * i % 1009) + ",";
      for (int round = 0; round < 3; ++round) {
        Buffer compressed;
        Buffer out;
        deflater.compress(message, compressed);
        CHECK(compressed.size() < message.size());
        CHECK(inflater.feed(compressed.view(), out, kMax) == WebSocketInflater::Result::kOk);
        CHECK(inflater.finish(out, kMax) == WebSocketInflater::Result::kOk);
        CHECK(out.view() == message);
      }
    }
  }
}

TEST_CASE("a message that becomes too large is refused while it is decompressed") {
  WebSocketDeflater deflater(15, false);
  Buffer bomb;
  deflater.compress(std::string(64 << 20, '\0'), bomb);
  CHECK(bomb.size() < 100000);
  Transcript transcript(true);
  transcript.feed(frame(0xc2, bomb.view()));
  CHECK(transcript.text() == "error(1009)");
  WebSocketInflater inflater(true);
  Buffer out;
  CHECK(inflater.feed(bomb.view(), out, kMax) == WebSocketInflater::Result::kTooLarge);
  CHECK(out.size() <= kMax + 1);
}

TEST_CASE("frames are written with the shortest length") {
  Buffer out;
  append_frame(out, WebSocketOpcode::kText, "Hello");
  append_frame(out, WebSocketOpcode::kPong, "");
  CHECK(out.view() == server_frame(0x81, "Hello") + server_frame(0x8a, ""));
  for (const std::size_t size : {125U, 126U, 65535U, 65536U}) {
    Buffer head;
    append_frame_head(head, WebSocketOpcode::kBinary, size);
    CHECK(head.view() == frame_head(0x82, size, 0));
  }
}

TEST_CASE("a close frame keeps whole characters of its reason") {
  Buffer out;
  append_close_frame(out, 1000, "");
  append_close_frame(out, 1005, "");
  CHECK(out.view() == server_close(1000) + server_frame(0x88, ""));
  Buffer cut;
  append_close_frame(cut, 1011, std::string(122, 'r') + "\xe2\x82\xac");
  CHECK(cut.view() == server_close(1011, std::string(122, 'r')));
}
