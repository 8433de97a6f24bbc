// SPDX-License-Identifier: MIT
// Forms: however their bytes are split, the same comes out.
#include <capricorn/http/header_parameters.hpp>
#include <capricorn/http/multipart.hpp>
#include <capricorn/http/urlencoded.hpp>
#include <string>

#include "fuzz.hpp"

using namespace capricorn;

namespace {

std::string read_multipart(std::string_view bytes, std::size_t seed) {
  using Event = MultipartParser::Event;
  MultipartParser parser("b", 512);
  std::string out;
  fuzz::feed_in_pieces(bytes, seed, [&](std::string_view piece) {
    parser.feed(piece);
    Event event = parser.next();
    for (; event != Event::kMore && event != Event::kError; event = parser.next()) {
      if (event == Event::kPart) out += "(" + parser.part().name + ")";
      if (event == Event::kData) out += parser.data();
      if (event == Event::kPartEnd) out += ";";
    }
    if (event == Event::kError && !out.ends_with("!")) out += "!";
  });
  return out + (parser.complete() ? "." : "");
}

std::string read_urlencoded(std::string_view bytes, std::size_t seed) {
  using Event = UrlencodedParser::Event;
  UrlencodedParser parser(64);
  std::string out;
  Event event = Event::kMore;
  const auto take = [&] {
    for (event = parser.next(); event == Event::kPair; event = parser.next()) {
      out += parser.pair().first + "=" + parser.pair().second + ";";
    }
  };
  fuzz::feed_in_pieces(bytes, seed, [&](std::string_view piece) {
    if (event == Event::kTooLarge) return;
    parser.feed(piece);
    take();
  });
  parser.finish();
  take();
  return out + (event == Event::kTooLarge ? "!" : "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::size_t seed = input.choose(256);
  const std::string_view bytes = input.rest();
  fuzz::require(read_multipart(bytes, 0) == read_multipart(bytes, seed),
                "a multipart form is the same however it is split");
  fuzz::require(read_urlencoded(bytes, 0) == read_urlencoded(bytes, seed),
                "a URL-encoded form is the same however it is split");
  fuzz::require(multipart_boundary(bytes).size() <= 70, "a boundary is short");
  return 0;
}
