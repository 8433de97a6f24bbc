// SPDX-License-Identifier: MIT
// The same bytes, whole and in any pieces, as the first, again and behind others that are alike,
// are the same requests or the same refusal.
#include <capricorn/http/request_parser.hpp>
#include <memory>
#include <string>

#include "fuzz.hpp"

using namespace capricorn;

namespace {

constexpr RequestLimits kLimits{.request_line = 128,
                                .head_bytes = 1024,
                                .head_fields = 16,
                                .trailer_bytes = 128,
                                .chunk_extension_bytes = 64};

class Transcript {
 public:
  explicit Transcript(KnownFields* known = nullptr) { parser_.remember_fields_in(known); }

  void feed(std::string_view input) {
    for (;;) {
      switch (parser_.parse(input)) {
        case RequestParser::Event::kNeedMore:
          fuzz::require(input.empty(), "the parser asks for more when it has taken everything");
          return;
        case RequestParser::Event::kHead: add_head(); break;
        case RequestParser::Event::kBody: text += parser_.body(); break;
        case RequestParser::Event::kComplete:
          text += "\n--\n";
          if (const std::unique_ptr<Headers> trailers = parser_.take_trailers()) add(*trailers);
          break;
        case RequestParser::Event::kError:
          failed = true;
          text += std::to_string(parser_.error().status);
          return;
      }
      if (failed) return;
    }
  }

  std::string text;
  bool failed = false;

 private:
  void add_head() {
    const RequestHead& head = parser_.head();
    text += std::string(head.method_name) + " " + std::string(head.target) + "\n";
    text += std::string(head.raw_path) + " " + std::string(head.query_string) + "\n";
    if (head.escaped) text += "escaped\n";
    text += head.keep_alive ? "keep-alive\n" : "close\n";
    if (head.forwarded) text += "forwarded\n";
    if (head.upgrade) text += "upgrade\n";
    if (head.expect_continue) text += "expects\n";
    if (head.chunked) text += "chunked\n";
    if (head.content_length) text += std::to_string(*head.content_length) + " bytes\n";
    text += "1." + std::to_string(head.http_minor) + " ";
    text += std::to_string(static_cast<int>(head.method)) + "\n";
    fuzz::require(head.has_body() != parser_.message_complete(), "a body is still to come");
    fuzz::require(head.target.find_first_of("\r\n ") == std::string_view::npos,
                  "a target has no white space");
    add(head.headers);
    fuzz::require(!(head.chunked && head.content_length), "a body has one framing");
    if (!parser_.set_body_limit(256)) {
      failed = true;
      text += "413";
    }
  }

  void add(const Headers& headers) {
    for (const Headers::Field field : headers) {
      fuzz::require(!field.name.empty(), "a field has a name");
      fuzz::require(
          field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos,
          "a field's value is one line");
      fuzz::require(field.id == header_id(field.name), "a field is known by its name");
      text += std::string(field.name) + ": " + std::string(field.value) + "\n";
    }
  }

  RequestParser parser_{kLimits};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::size_t seed = 1 + input.choose(64);
  Transcript whole;
  fuzz::feed_in_pieces(input.rest(), 0, [&](std::string_view piece) { whole.feed(piece); });
  Transcript pieces;
  fuzz::feed_in_pieces(input.rest(), seed, [&](std::string_view piece) {
    if (!pieces.failed) pieces.feed(piece);
    if (!pieces.failed) pieces.feed({});
  });
  fuzz::require(whole.text == pieces.text, "requests do not depend on how they are cut");
  KnownFields known;
  for (const std::size_t cut : {std::size_t{0}, std::size_t{0}, seed}) {
    Transcript again(&known);
    fuzz::feed_in_pieces(input.rest(), cut, [&](std::string_view piece) {
      if (!again.failed) again.feed(piece);
    });
    fuzz::require(whole.text == again.text, "requests do not depend on what came before");
  }
  // Others that begin alike: what is common to two is where the third goes on.
  KnownFields alike;
  for (const int change : {1, 2, 0}) {
    std::string other(input.rest());
    if (!other.empty()) other[other.size() * seed / 65] ^= static_cast<char>(change);
    Transcript behind(&alike);
    fuzz::feed_in_pieces(other, 0, [&](std::string_view piece) { behind.feed(piece); });
    const bool same = change != 0 || behind.text == whole.text;
    fuzz::require(same, "requests do not depend on what began like them");
  }
  Transcript cut(&alike);
  fuzz::feed_in_pieces(input.rest(), seed, [&](std::string_view piece) {
    if (!cut.failed) cut.feed(piece);
  });
  fuzz::require(whole.text == cut.text, "nor where they are cut");
  return 0;
}
