// SPDX-License-Identifier: MIT
#include "../../loadtest/client/response_reader.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using loadtest::ResponseReader;

namespace {

constexpr std::string_view kSized = "HTTP/1.1 200 OK\r\ncontent-length:  5\r\nX: y\r\n\r\nhello";
constexpr std::string_view kEmpty = "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view kBodiless = "HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n";
constexpr std::string_view kEarly =
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
constexpr std::string_view kChunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
    "chunked\r\n\r\n5;a=b\r\nhello\r\nD\r\n\r\nworld\r\n\r\n12"
    "\r\n0\r\nTrailer: x\r\n\r\n";
constexpr std::string_view kRefused = "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno";

}  // namespace

TEST_CASE("responses with a length and in chunks are counted in whatever pieces they come") {
  const std::string all = std::string(kSized) + std::string(kChunked) + std::string(kEmpty) +
                          std::string(kBodiless) + std::string(kEarly) + std::string(kSized);
  for (std::size_t piece = 1; piece <= all.size(); ++piece) {
    ResponseReader reader;
    int whole = 0;
    for (std::size_t at = 0; at < all.size(); at += piece) {
      whole += reader.feed(std::string_view(all).substr(at, piece));
    }
    CAPTURE(piece);
    CHECK(whole == 6);
    CHECK(reader.refused() == 0);
    CHECK_FALSE(reader.broken());
  }
}

TEST_CASE("a response is not counted before its last byte") {
  for (const std::string_view response : {kSized, kChunked, kEmpty, kBodiless, kEarly}) {
    ResponseReader reader;
    CHECK(reader.feed(response.substr(0, response.size() - 1)) == 0);
    CHECK(reader.feed(response.substr(response.size() - 1)) == 1);
  }
}

TEST_CASE("what is not 2xx is counted, and refused") {
  ResponseReader reader;
  CHECK(reader.feed(kRefused) == 1);
  CHECK(reader.feed(kSized) == 1);
  CHECK(reader.refused() == 1);
}

TEST_CASE("what cannot be counted breaks the connection") {
  for (const std::string_view response :
       {"SSH-2.0-OpenSSH_9.2p1 Debian\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}) {
    ResponseReader reader;
    CHECK(reader.feed(response) == 0);
    CHECK(reader.broken());
    reader.reset();
    CHECK(reader.feed(kSized) == 1);
  }
}
