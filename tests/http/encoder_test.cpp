// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <zlib.h>
#include <capricorn/http/decoder.hpp>
#include <capricorn/http/encoder.hpp>

#include <random>
#include <stdexcept>
#include <string>

using namespace capricorn;

namespace {

using enum ContentCoding;
using Step = Encoder::Step;
constexpr std::array kCodings = {kGzip, kBrotli, kZstd};

std::string text(std::size_t size) {
  std::string out;
  for (std::uint64_t i = 0; out.size() < size; ++i) out += "line " + std::to_string(i * i) + "\n";
  out.resize(size);
  return out;
}

std::string noise(std::size_t size) {
  std::mt19937 random(1);
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

std::string encode(ContentCoding coding, std::string_view bytes,
                   std::optional<std::uint64_t> size) {
  Buffer out;
  Encoder::make(coding, {}, size)->encode(bytes, Step::kFinish, out);
  return std::string(out.view());
}

/// By so many bytes at once in, and so much room out.
std::string decode(ContentCoding coding, std::string_view bytes, std::size_t step = 1 << 20,
                   std::size_t room = 4096) {
  const auto decoder = Decoder::make(coding);
  std::string out;
  while (!bytes.empty()) {
    std::string_view piece = bytes.substr(0, step);
    bytes.remove_prefix(piece.size());
    while (true) {
      Buffer some;
      decoder->decode(piece, room, some);
      CHECK(some.size() <= room);
      out += some.view();
      if (some.size() < room && piece.empty()) break;
    }
  }
  if (!decoder->complete()) throw std::runtime_error("not complete");
  return out;
}

std::string deflate(std::string_view bytes, int window) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("what is encoded can be decoded, in whatever pieces") {
  for (const ContentCoding coding : kCodings) {
    CAPTURE(coding_name(coding));
    for (const std::string& bytes :
         {std::string(), std::string("x"), text(500), text(1024), text(300'000), noise(100'000)}) {
      CAPTURE(bytes.size());
      const std::string known = encode(coding, bytes, bytes.size());
      CHECK(decode(coding, known) == bytes);
      CHECK(decode(coding, encode(coding, bytes, std::nullopt)) == bytes);
      CHECK(decode(coding, known, 7, 13) == bytes);
    }
    CHECK(encode(coding, text(10'000), 10'000).size() < 4'000);
  }
}

TEST_CASE("what is flushed can be decoded at once") {
  for (const ContentCoding coding : kCodings) {
    CAPTURE(coding_name(coding));
    const auto encoder = Encoder::make(coding, {});
    const auto decoder = Decoder::make(coding);
    for (const std::string& piece : {std::string("data: 1\n\n"), std::string("data: 2\n\n"),
                                     text(70'000), std::string("end")}) {
      Buffer wire;
      encoder->encode(piece, Step::kFlush, wire);
      std::string_view bytes = wire.view();
      Buffer out;
      decoder->decode(bytes, 1 << 20, out);
      CHECK(out.view() == piece);
    }
    Buffer last;
    encoder->encode("", Step::kFinish, last);
    std::string_view bytes = last.view();
    Buffer none;
    decoder->decode(bytes, 100, none);
    CHECK(none.empty());
    CHECK(decoder->complete());
  }
}

TEST_CASE("deflate is read with zlib's header and without (RFC 9110, 8.4.1.2)") {
  CHECK(decode(kDeflate, deflate(text(5000), 15)) == text(5000));
  CHECK(decode(kDeflate, deflate(text(5000), -15)) == text(5000));
  CHECK(decode(kDeflate, deflate(text(5000), -15), 1, 1) == text(5000));
}

TEST_CASE("several members of gzip and frames of zstd are one body") {
  CHECK(decode(kGzip, encode(kGzip, "one,", 4) + encode(kGzip, "two", 3)) == "one,two");
  CHECK(decode(kZstd, encode(kZstd, "one,", 4) + encode(kZstd, "two", 3)) == "one,two");
  CHECK(decode(kGzip, encode(kGzip, "one,", 4) + encode(kGzip, "two", 3), 1, 1) == "one,two");
}

TEST_CASE("what is not encoded, cut off or followed by more is refused") {
  for (const ContentCoding coding : kCodings) {
    CAPTURE(coding_name(coding));
    const std::string good = encode(coding, text(5000), 5000);
    CHECK_THROWS_AS(decode(coding, good.substr(0, good.size() - 1)), std::runtime_error);
    CHECK_THROWS_AS(decode(coding, good + "more"), std::runtime_error);
    CHECK_THROWS_AS(decode(coding, "\xff\xff\xff plain text"), std::runtime_error);
  }
  CHECK_THROWS_AS(decode(kDeflate, deflate("a", 15) + "more"), std::runtime_error);
  CHECK_THROWS_AS(Decoder::make(kIdentity), std::invalid_argument);
  CHECK_THROWS_AS(Encoder::make(kDeflate, {}), std::invalid_argument);
}

TEST_CASE("a zstd frame with a window of more than 8 MiB is refused (RFC 9659)") {
  // Magic, a descriptor without a size, a window of 2^27 bytes, one empty last block.
  const std::string frame("\x28\xb5\x2f\xfd\x00\x88\x01\x00\x00", 9);
  CHECK_THROWS_AS(decode(kZstd, frame), std::runtime_error);
}

TEST_CASE("levels beyond what there is are moved to what there is") {
  for (const ContentCoding coding : kCodings) {
    for (const int level : {-5, 0, 99}) {
      Buffer out;
      Encoder::make(coding, {level, level, level})->encode(text(2000), Step::kFinish, out);
      CHECK(decode(coding, out.view()) == text(2000));
    }
  }
}
