// SPDX-License-Identifier: MIT
#include <capricorn/http/conditional.hpp>
#include <capricorn/http/cookie.hpp>
#include <capricorn/http/forwarded.hpp>
#include <capricorn/http/header_parameters.hpp>
#include <capricorn/http/multipart.hpp>
#include <capricorn/http/request_parser.hpp>
#include <capricorn/http/url.hpp>
#include <capricorn/http/urlencoded.hpp>
#include <capricorn/http/websocket_frames.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "growth.hpp"

namespace capricorn::test {
namespace {

std::string repeated(std::string_view text, std::size_t n) {
  std::string all;
  all.reserve(text.size() * n);
  for (std::size_t i = 0; i < n; ++i) all += text;
  return all;
}

// ---------------------------------------------------------------- requests

constexpr RequestLimits kLimits{.request_line = 1 << 20,
                                .head_bytes = 1 << 20,
                                .head_fields = 1 << 16,
                                .trailer_bytes = 1 << 20,
                                .chunk_extension_bytes = 1 << 20};

/// In pieces of so many bytes.
void parse(std::string_view bytes, std::size_t piece) {
  RequestParser parser(kLimits);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::string_view input = bytes.substr(at, piece);
    while (parser.parse(input) != RequestParser::Event::kNeedMore) {
    }
  }
}

void tiny_chunks(std::size_t n) {
  parse("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n" +
            repeated("1\r\nx\r\n", n) + "0\r\n\r\n",
        65536);
}
void bytewise_chunks(std::size_t n) {
  parse("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n" +
            repeated("1\r\nx\r\n", n) + "0\r\n\r\n",
        1);
}
void bytewise_head(std::size_t n) {
  parse("GET /" + std::string(n, 'x') + " HTTP/1.1\r\nhost: x\r\n\r\n", 1);
}
void fields(std::size_t n) {
  parse("GET / HTTP/1.1\r\nhost: x\r\n" + repeated("a: b\r\n", n) + "\r\n", 65536);
}
void trailers(std::size_t n) {
  parse("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n" +
            repeated("a: b\r\n", n) + "\r\n",
        65536);
}

// ---------------------------------------------------------------- forms

void read_parts(std::string_view boundary, std::string_view body, std::size_t piece) {
  MultipartParser parser(boundary, 8192);
  for (std::size_t at = 0; at < body.size(); at += piece) {
    parser.feed(body.substr(at, piece));
    while (parser.next() != MultipartParser::Event::kMore) {
    }
  }
}
std::string part(std::string_view content) {
  return "--xxxxxxxxxxxxxxxxxxxxy\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n" +
         std::string(content) + "\r\n";
}
constexpr std::string_view kBoundary = "xxxxxxxxxxxxxxxxxxxxy";
constexpr std::string_view kEnd = "--xxxxxxxxxxxxxxxxxxxxy--\r\n";

void parts(std::size_t n) {
  read_parts(kBoundary, repeated(part("value"), n) + std::string(kEnd), 65536);
}
void bytewise_part(std::size_t n) {
  read_parts(kBoundary, part(std::string(n, 'x')) + std::string(kEnd), 1);
}
void nearly_boundaries(std::size_t n) {
  const std::string content = repeated("\r\n--xxxxxxxxxxxxxxxxxxxx\r\r\r", n);
  read_parts(kBoundary, part(content) + std::string(kEnd), 65536);
  read_parts(kBoundary, part(content) + std::string(kEnd), 7);
}
void pairs(std::size_t n) {
  const std::string body = repeated("a=b&", n);
  UrlencodedParser parser(1 << 20);
  for (std::size_t at = 0; at < body.size(); at += 3) {
    parser.feed(std::string_view(body).substr(at, 3));
    while (parser.next() == UrlencodedParser::Event::kPair) {
    }
  }
}
void long_pair(std::size_t n) {
  const std::string body(n, 'x');
  UrlencodedParser parser(1 << 24);
  for (const char& c : body) {
    parser.feed({&c, 1});
    static_cast<void>(parser.next());
  }
}

// ---------------------------------------------------------------- fields

void query(std::size_t n) { static_cast<void>(QueryParams(repeated("a=b&", n))); }
void cookies(std::size_t n) {
  Cookies read;
  read.parse(repeated("a=\"b\"; ", n));
}
void forwarded_elements(std::size_t n) {
  std::vector<ForwardedElement> elements;
  parse_forwarded(repeated("for=\"_a\";proto=http, ,x", n), elements);
}
void parameters(std::size_t n) {
  HeaderParameters read("form-data" + repeated(";;  a=\"\\\\b\"", n) + std::string(n, ' '));
  while (read.next()) {
  }
}
void entity_tags(std::size_t n) {
  const Headers headers{{"if-none-match", repeated("\"a\"b, ", n) + std::string(n, ' ')}};
  static_cast<void>(lists_etag(headers, "if-none-match", "\"c\""));
}

// ---------------------------------------------------------------- WebSockets

std::string frame(unsigned first, std::string_view payload) {
  return std::string{
             static_cast<char>(first), static_cast<char>(0x80U | payload.size()), 0, 0, 0, 0} +
         std::string(payload);
}
void read_frames(const std::string& bytes) {
  using Event = WebSocketParser::Event;
  WebSocketParser parser(1 << 24);
  std::string_view input = bytes;
  for (Event event = parser.parse(input); event != Event::kNeedMore; event = parser.parse(input)) {
    if (event == Event::kMessage) static_cast<void>(parser.take_message());
  }
}
void tiny_messages(std::size_t n) { read_frames(repeated(frame(0x81, "x"), n)); }
void fragments(std::size_t n) {
  read_frames(frame(0x01, "x") + repeated(frame(0x00, "x"), n) + frame(0x80, ""));
}

constexpr Growth kGrowths[] = {
    {"chunks of one byte", 2000, tiny_chunks},
    {"chunks that come byte by byte", 2000, bytewise_chunks},
    {"a head that comes byte by byte", 2000, bytewise_head},
    {"the fields of a head", 1000, fields},
    {"the fields of a trailer", 1000, trailers},
    {"the parts of a form", 500, parts},
    {"a part that comes byte by byte", 5000, bytewise_part},
    {"what looks like a boundary", 1000, nearly_boundaries},
    {"the pairs of a form", 1000, pairs},
    {"a pair that comes byte by byte", 5000, long_pair},
    {"the pairs of a query", 1000, query},
    {"cookies", 1000, cookies},
    {"elements of Forwarded", 500, forwarded_elements},
    {"parameters of a field", 500, parameters},
    {"entity tags", 1000, entity_tags},
    {"messages of one byte", 2000, tiny_messages},
    {"fragments of one byte", 2000, fragments},
};

}  // namespace

std::span<const Growth> http_growths() { return kGrowths; }

}  // namespace capricorn::test
