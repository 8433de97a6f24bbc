// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/request_parser.hpp>

#include <string>
#include <vector>

using namespace capricorn;

namespace {

constexpr RequestLimits kLimits{.request_line = 64,
                                .head_bytes = 512,
                                .head_fields = 8,
                                .trailer_bytes = 64,
                                .chunk_extension_bytes = 32};

/// Everything a parser says about its input, as text: one "METHOD path?query body" a request.
class Recorder {
 public:
  explicit Recorder(RequestParser& parser) : parser_(parser) {}

  void feed(std::string_view bytes) {
    // A copy of just the size: reading beyond a piece is seen by AddressSanitizer.
    std::vector<char> copy(bytes.begin(), bytes.end());
    std::string_view input(copy.data(), copy.size());
    for (;;) {
      switch (parser_.parse(input)) {
        case RequestParser::Event::kNeedMore: return;
        case RequestParser::Event::kHead: on_head(); break;
        case RequestParser::Event::kBody: text_ += parser_.body(); break;
        case RequestParser::Event::kComplete: text_ += ";"; break;
        case RequestParser::Event::kError:
          failure_ = std::to_string(parser_.error().status);
          return;
      }
    }
  }
  std::string text() const { return text_ + failure_; }

 private:
  void on_head() {
    RequestHead& head = parser_.head();
    Headers headers = std::move(head.headers);
    text_ += std::string(head.method_name) + " " + std::string(head.raw_path);
    if (!head.query_string.empty()) text_ += "?" + std::string(head.query_string);
    for (Headers::Field field : headers) {
      if (field.name.starts_with("x-") || field.id == HeaderId::kHost) {
        text_ += " " + std::string(field.name) + "=" + std::string(field.value);
      }
    }
    if (head.upgrade) text_ += " upgrade";
    if (head.expect_continue) text_ += " expect";
    if (!head.keep_alive) text_ += " close";
    CHECK(parser_.message_complete() == !head.has_body());
    text_ += parser_.message_complete() ? ";" : " ";
    static_cast<void>(parser_.set_body_limit(32));
  }

  RequestParser& parser_;
  std::string text_;
  std::string failure_;
};

std::string parse_pieces(std::string_view bytes, std::size_t first, std::size_t step,
                         KnownFields* known = nullptr) {
  RequestParser parser(kLimits);
  parser.remember_fields_in(known);
  Recorder recorder(parser);
  recorder.feed(bytes.substr(0, first));
  for (std::size_t at = first; at < bytes.size(); at += step) {
    recorder.feed({});  // whoever asks again gets the same answer
    recorder.feed(bytes.substr(at, step));
  }
  return recorder.text();
}

void check_however_split(std::string_view bytes, std::string_view expected) {
  CAPTURE(bytes);
  CHECK(parse_pieces(bytes, bytes.size(), 1) == expected);
  CHECK(parse_pieces(bytes, 0, 1) == expected);
  // As others left them, and then as this one did.
  KnownFields known;
  parse_pieces("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0, 64, &known);
  for (int time = 0; time < 3; ++time) {
    CHECK(parse_pieces(bytes, bytes.size(), 1, &known) == expected);
  }
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    CAPTURE(at);
    CHECK(parse_pieces(bytes, at, bytes.size()) == expected);
    CHECK(parse_pieces(bytes, at, bytes.size(), &known) == expected);
  }
}

struct Case {
  std::string bytes;
  std::string expected;
};

std::string chunked(std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body);
}
std::string with_host(std::string_view host) {
  return "GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n";
}

}  // namespace

TEST_CASE("requests are read the same however they are split") {
  const std::vector<Case> cases = {
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / host=a;"},
      {"\r\n\r\nGET /p?q=1?2 HTTP/1.1\r\nHost: a:80\r\n\r\n", "GET /p?q=1?2 host=a:80;"},
      {"GET / HTTP/1.0\r\n\r\n", "GET / close;"},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /;"},
      {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", "GET / close;"},
      {"GET / HTTP/1.0\r\nExpect: 100-continue, else\r\n\r\n", "GET / close;"},
      {"GET / HTTP/1.1\r\nHost:a\r\nConnection: close\r\n\r\n", "GET / host=a close;"},
      {"GET / HTTP/1.1\r\nX-A:  b  c \t \r\nX-Empty:\r\nX-Blank:  \r\nHost: a\r\n\r\n",
       "GET / x-a=b  c x-empty= x-blank= host=a;"},
      {"POST /u HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /n HTTP/1.1\r\nHost: "
       "b\r\n\r\n",
       "POST /u host=a hello;GET /n host=b;"},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "POST / host=a;"},
      {chunked("3\r\nabc\r\n2;x=\"y\"\r\nde\r\n0\r\nX-T: 1\r\n\r\n"), "POST / host=a abcde;"},
      {chunked("0\r\n\r\n") + with_host("b"), "POST / host=a ;GET / host=b;"},
      {"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\nx",
       "POST / host=a expect x;"},
      {"POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: "
       "2\r\n\r\nhiGET / HTTP/1.1\r\nHost: b\r\n\r\n",
       "POST / host=a upgrade hi;GET / host=b;"},
      {"GET /c HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + with_host("b"),
       "GET /c host=a upgrade;GET / host=b;"},
      {"GET HTTP://b:8/p?q HTTP/1.1\r\nHost: a\r\n\r\n", "GET /p?q host=b:8;"},
      {"GET https://b?q HTTP/1.1\r\nHost: a\r\n\r\n", "GET /?q host=b;"},
      {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * host=a;"},
      {"DELETE /%7e?%00%zz HTTP/1.1\r\nHost: a\r\n\r\n", "DELETE /%7e?%00%zz host=a;"},
  };
  for (const Case& c : cases) check_however_split(c.bytes, c.expected);
}

TEST_CASE("what RFC 9112 lets a server refuse is refused") {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::vector<Case> cases = {
      {"GET / HTTP/1.1\r\n\r\n", "400"},
      {get + "Host: a\r\n\r\n", "400"},
      {"GET http://b/ HTTP/1.1\r\n\r\n", "400"},
      {"GET http:///p HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET http://u@b/ HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET ftp://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET /#f HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET /\r\n", "400"},
      {"GET / HTTP/0.9\r\nHost: a\r\n\r\n", "505"},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505"},
      {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", "505"},
      {"GET / HTTP/x.1\r\nHost: a\r\n\r\n", "400"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
      {"PRI / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET http://b HTTP/1.1\r\nHost: ]bad[\r\n\r\n", "400"},
      {"GET http://:80/ HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET /%4 HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"NOPE / HTTP/1.1\r\nHost: a\r\n\r\n", "501"},
      {"get / HTTP/1.1\r\nHost: a\r\n\r\n", "501"},
      {"GETS / HTTP/1.1\r\nHost: a\r\n\r\n", "501"},
      {std::string(64, 'N') + "\r\n\r\n", "400"},  // as long as a request line
      {std::string(65, 'N') + "\r\n\r\n", "501"},
      {"GET /" + std::string(59, 'a') + "\r\n\r\n", "400"},  // as long as a request line
      {"GET /" + std::string(60, 'a') + "\r\n\r\n", "414"},
      {"GET /" + std::string(58, 'a') + "\x01\x01", "400"},
      {"GET /" + std::string(61, 'a') + "\x01", "414"},
      {"GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {get + "Expect: 200-ok\r\n\r\n", "417"},
      {get + "Expect: 100-continue, else\r\n\r\n", "417"},
      {"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {get + "X-A : b\r\n\r\n", "400"},
      {get + "X-A: b\r\n c\r\n\r\n", "400"},
      {get + ": b\r\n\r\n", "400"},
      {get + "X-A: b\rc\r\n\r\n", "400"},
      {get + std::string("X-A: b\0c\r\n\r\n", 12), "400"},
      {post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400"},
      {post + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", "400"},
      {post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "400"},
      {post + "Content-Length: +1\r\n\r\n", "400"},
      {post + "Content-Length: -1\r\n\r\n", "400"},
      {post + "Content-Length: 1, 1\r\n\r\n", "400"},
      {post + "Content-Length: 99999999999999999999\r\n\r\n", "400"},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "400"},
      {post + "Transfer-Encoding: gzip\r\n\r\n", "501"},
      {post + "Transfer-Encoding: gzip, chunked\r\n\r\n", "501"},
      {post + "Transfer-Encoding: identity, chunked\r\n\r\n", "501"},
      {post + "Transfer-Encoding: chunked, gzip\r\n\r\n", "501"},
      {post + "Transfer-Encoding:\r\n\r\n", "501"},
      {post + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", "501"},
      {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "501"},
      {post + "Transfer-Encoding: xchunked\r\n\r\n", "501"},
      {chunked("000000000001\r\na\r\n" + std::string(40, '0') + "1\r\n"), "POST / host=a a400"},
      {chunked(std::string(40, '0') + "\r\n\r\n"), "POST / host=a 400"},
      {chunked(std::string(40, '0')), "POST / host=a 400"},
      {chunked(std::string(40, '0') + ";a\r\n"), "POST / host=a 400"},
      {chunked(std::string(40, '0') + "\r\nT: v\r\n"), "POST / host=a 400"},
      {chunked(std::string(40, '0') + "\r\n:" + std::string(80, 'j') + "\r\n"),
       "POST / host=a 400"},
      {chunked("0x1\r\na\r\n"), "POST / host=a 400"},
      {chunked("-1\r\na\r\n"), "POST / host=a 400"},
      {chunked("1_0\r\na\r\n"), "POST / host=a 400"},
      {chunked("1 \r\na\r\n"), "POST / host=a 400"},
      {chunked("1\na\r\n"), "POST / host=a 400"},
      {chunked("1;a\nb\r\na\r\n"), "POST / host=a 400"},
      {chunked("1\r\nab\r\n"), "POST / host=a a400"},
      {chunked("1\r\na\n0\r\n\r\n"), "POST / host=a a400"},
      {chunked("10000000000000000\r\na\r\n"), "POST / host=a 400"},
  };
  for (const Case& c : cases) check_however_split(c.bytes, c.expected);
}

TEST_CASE("a Host is a name or an address, with a port or without") {
  for (std::string_view host :
       {"a", "a.b:80", "a:", "[::1]", "[::1]:65535", "1.2.3.4", "a%20b", "x_y-z", ""}) {
    check_however_split(with_host(host), "GET / host=" + std::string(host) + ";");
  }
  for (std::string_view host :
       {"a b", "a/b", "a:b", "a:1:2", "a:65536", "a:999999", "[::1", "[]", "[::g]", "[::1]x",
        "[1.2.3.4]", "a@b", "a%2", "a,b c", "a?b", "\xc3\xa4", "a\\b", "<a>", "[v1.x]"}) {
    check_however_split(with_host(host), "400");
  }
}

TEST_CASE("a host is looked at, whatever the one before was") {
  const std::string good = with_host("example.org:80");
  check_however_split(good + good + with_host("b") + good,
                      "GET / host=example.org:80;GET / host=example.org:80;GET / host=b;"
                      "GET / host=example.org:80;");
  for (const std::string_view bad :
       {"example.org:8x", "example.org:800000", "example.org/", "a b"}) {
    check_however_split(good + with_host(bad), "GET / host=example.org:80;400");
  }
  const std::string longest(63, 'h');  // of those that are remembered
  for (const std::string& host : {longest, longest + "h"}) {
    const std::string answer = "GET / host=" + host + ";";
    check_however_split(with_host(host) + with_host(host), answer + answer);
    check_however_split(with_host(host) + with_host(host + "/"), answer + "400");
  }
  check_however_split(with_host("") + with_host("/"), "GET / host=;400");
}

TEST_CASE("fields that came before are not read again") {
  // Another's are kept with them, so that one sees where they come from.
  const auto keep_others = [](KnownFields& known) {
    RequestParser parser(kLimits);
    std::string_view input = "GET /a/line HTTP/1.1\r\nHost: b\r\n\r\n";
    REQUIRE(parser.parse(input) == RequestParser::Event::kHead);
    known.keep(0, "Host: a\r\n\r\n", parser.head().headers, KnownFields::Verdict());
  };
  const std::string same = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::vector<Case> cases = {
      {same, "GET / host=b close;"},
      {"DELETE /longer/than/it?q HTTP/1.1\r\nHost: a\r\n\r\n",
       "DELETE /longer/than/it?q host=b close;"},
      {same + same + "GET / HT", "GET / host=b close;GET / host=b close;"},
      {"GET http://c/ HTTP/1.1\r\nHost: a\r\n\r\n" + same,
       "GET / host=c;GET / host=a;"},  // llhttp's, and kept
      {"GET http://:1/ HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET / HTTP/1.0\r\nHost: a\r\n\r\n", "GET / host=a close;"},
      {"GET / HTTP/1.1\r\nHost:  a\r\n\r\n", "GET / host=a;"},
      {"GET / HTTP/1.1\r\nhost: a\r\n\r\n", "GET / host=a;"},
      {"GET / HTTP/1.1\r\nHost: a\r\nX-A: c\r\n\r\n", "GET / host=a x-a=c;"},
      {"GET / HTTP/1.1\r\nHost: a\r\n\r", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.bytes);
    KnownFields known;
    keep_others(known);
    CHECK(parse_pieces(c.bytes, c.bytes.size(), 1, &known) == c.expected);
  }
}

/// All that one request line says, or how it is refused.
std::string line_read(std::string_view bytes, KnownFields* known) {
  RequestParser parser(kLimits);
  parser.remember_fields_in(known);
  switch (parser.parse(bytes)) {
    case RequestParser::Event::kNeedMore: return "need more";
    case RequestParser::Event::kError: return std::to_string(parser.error().status);
    default: break;
  }
  const RequestHead& head = parser.head();
  std::string said(method_name(head.method));
  for (std::string_view part : {head.method_name, head.target, head.raw_path, head.query_string}) {
    said.append(" ").append(part);
  }
  return said + (head.escaped ? " escaped 1." : " 1.") + std::to_string(head.http_minor) +
         (parser.message_complete() ? " complete" : "");
}

TEST_CASE("a line before known fields is read as llhttp would read it") {
  const std::string fields = "Host: a\r\n\r\n";
  const auto check = [&fields](const std::string& line) {
    CAPTURE(line);
    KnownFields known;
    line_read("GET / HTTP/1.1\r\n" + fields, &known);
    REQUIRE(known.are_prefix_of(fields));
    CHECK(line_read(line + fields, &known) == line_read(line + fields, nullptr));
  };
  for (Method method : {Method::kGet, Method::kHead, Method::kPost, Method::kPut, Method::kPatch,
                        Method::kDelete, Method::kOptions, Method::kConnect, Method::kTrace}) {
    for (const char* target :
         {"/", "/a?b", "*", "a:1", "", "http://b/c", "/%00", "/%zz", "//a", "/?", "/a?%zz?"}) {
      check(std::string(method_name(method)) + " " + target + " HTTP/1.1\r\n");
    }
  }
  const std::string good = "HEAD /a%41?b=c HTTP/1.1\r\n";
  for (std::size_t at = 0; at < good.size(); ++at) {
    check(good.substr(0, at) + good.substr(at + 1));
    for (int byte = 0; byte < 256; ++byte) {
      std::string line = good;
      line[at] = static_cast<char>(byte);
      check(line);
      check(line.insert(at, 1, good[at]));
    }
  }
  for (std::size_t size : {64, 65}) check("GET /" + std::string(size - 14, 'a') + " HTTP/1.1\r\n");
}

/// Behind requests that differ in one line: what is read, and how far it was known.
std::string read_behind(KnownFields& known, std::string_view bytes) {
  return parse_pieces(bytes, bytes.size(), 1, &known);
}

TEST_CASE("lines before the first that differs are not read again") {
  const auto with = [](const std::string& line, const std::string& number) {
    return line + "Host: a\r\nX-A: b\r\nX-Number: " + number + "\r\nX-C: d\r\n\r\n";
  };
  KnownFields known;
  for (int number = 1; number <= 100; ++number) {
    const std::string text = std::to_string(number);
    CAPTURE(text);
    const std::string expected = " host=a x-a=b x-number=" + text + " x-c=d;";
    CHECK(read_behind(known, with("GET / HTTP/1.1\r\n", text)) == "GET /" + expected);
    const KnownFields::Checkpoint* start =
        known.checkpoint_of("Host: a\r\nX-A: b\r\nX-Number: x\r\n\r\n");
    // The first is kept, the second compared with it.
    REQUIRE((start != nullptr) == (number > 1));
    if (start == nullptr) continue;
    CHECK(start->size == 17);
    CHECK(start->fields == 1);
    // Another line, in pieces, and with a body.
    const std::string other = with("DELETE /longer/than/it HTTP/1.1\r\n", text);
    CHECK(parse_pieces(other, 60, 1, &known) == "DELETE /longer/than/it" + expected);
    CHECK(read_behind(known,
                      "POST / HTTP/1.1\r\nHost: a\r\nX-A: b\r\nContent-Length: 3\r\n\r\nabc") ==
          "POST / host=a x-a=b abc;");
  }
}

TEST_CASE("behind known lines the rest is read as llhttp would read it") {
  const std::vector<std::string> lines = {"Host: a\r\n",
                                          "X-Empty:\r\n",
                                          "Connection: close\r\n",
                                          "Content-Length: 2\r\n",
                                          "Connection: upgrade\r\n",
                                          "Upgrade: x\r\n",
                                          "Transfer-Encoding: chunked\r\n",
                                          "X-Spaces:  \t b \t \r\n",
                                          "Expect: 100-continue\r\n",
                                          "Forwarded: for=c\r\n"};
  const std::string tails = "\r\n :\tXx-CTHE0;,\n\v\x80";
  for (const std::string& first : lines) {
    for (const std::string& second : lines) {
      const std::string start = first + second;
      KnownFields known;
      for (const char* end : {"X-A: 1\r\n\r\nok", "X-A: 2\r\n\r\nok"}) {
        read_behind(known, "POST / HTTP/1.1\r\n" + start + end);
      }
      for (const std::string& third : lines) {
        for (const char* line : {"POST / HTTP/1.1\r\n", "HEAD /a?b HTTP/1.1\r\n"}) {
          std::string bytes = line + start + third + "\r\nokGET / HTTP/1.1\r\nHost: a\r\n\r\n";
          const auto check = [&] {
            CAPTURE(bytes);
            CHECK(read_behind(known, bytes) == parse_pieces(bytes, bytes.size(), 1));
          };
          check();
          // The first byte of the line behind tells whether the last one went on.
          for (const char byte : tails) {
            bytes[std::string_view(line).size() + start.size()] = byte;
            check();
          }
        }
      }
    }
  }
}

TEST_CASE("known lines count towards a head's limits") {
  KnownFields known;
  const std::string start = "Host: a\r\nX-A: " + std::string(kLimits.head_bytes / 2, 'b') + "\r\n";
  for (const char* end : {"X-B: 1\r\n\r\n", "X-B: 2\r\n\r\n"}) {
    read_behind(known, "GET / HTTP/1.1\r\n" + start + end);
  }
  REQUIRE(known.checkpoint_of(start) != nullptr);
  const auto check = [&](const std::string& bytes) {
    CAPTURE(bytes.size());
    CHECK(read_behind(known, bytes) == parse_pieces(bytes, bytes.size(), 1));
    CHECK(parse_pieces(bytes, bytes.size() - 2, 1, &known) == parse_pieces(bytes, bytes.size(), 1));
  };
  const std::string line = "GET / HTTP/1.1\r\n";
  const std::size_t room = kLimits.head_bytes - line.size() - start.size() - 9;
  for (std::size_t size : {room - 1, room, room + 1}) {
    check(line + start + "X-B: " + std::string(size, 'c') + "\r\n\r\n");
  }
  std::string many;
  for (std::size_t field = 0; field < kLimits.head_fields; ++field) {
    check(line + start + many + "\r\n");
    many += "A: b\r\n";
  }
  for (std::size_t size : {kLimits.request_line, kLimits.request_line + 1}) {
    check("GET /" + std::string(size - 14, 'a') + " HTTP/1.1\r\n" + start + "X-B: 3\r\n\r\n");
  }
}

TEST_CASE("the fields of a request that came whole and has no body are kept") {
  const auto keeps = [](const std::string& fields, std::size_t pieces = 1,
                        const std::string& line = "PUT / HTTP/1.1\r\n") {
    KnownFields known;
    const std::string bytes = line + fields;
    parse_pieces(bytes, bytes.size() - pieces + 1, 1, &known);
    return known.are_prefix_of(fields);
  };
  CHECK(keeps("Host: a\r\n\r\n"));
  CHECK(keeps("Host: a\r\nConnection: close\r\nForwarded: for=b\r\n\r\n"));
  CHECK_FALSE(keeps("Host: a\r\n\r\n", 2));
  CHECK_FALSE(keeps("Host: a\r\n\r\n", 1, "PUT / HTTP/1.0\r\n"));
  CHECK_FALSE(keeps("Host: a\r\nContent-Length: 0\r\n\r\n"));
  CHECK_FALSE(keeps("Host: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
  CHECK_FALSE(keeps("Host: a\r\nExpect: 100-continue\r\n\r\n"));
  CHECK_FALSE(keeps("Host: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"));
  CHECK_FALSE(keeps("Host: a b\r\n\r\n"));
}

TEST_CASE("known fields are all compared") {
  const std::string fields = "Host: example.org\r\nX-Number: 0123456789\r\n\r\n";
  for (std::size_t size = 8; size <= fields.size(); ++size) {
    KnownFields known;
    std::string sent = fields.substr(fields.size() - size);
    known.keep(0, sent, {}, KnownFields::Verdict());
    CHECK(known.are_prefix_of(sent));
    CHECK(known.are_prefix_of(sent + "more"));
    CHECK_FALSE(known.are_prefix_of(sent.substr(0, size - 1)));
    CHECK_FALSE(known.are_prefix_of(""));
    for (char& byte : sent) {
      CAPTURE(&byte - sent.data());
      byte ^= 1;
      CHECK_FALSE(known.are_prefix_of(sent));
      byte ^= 1;
    }
  }
  CHECK_FALSE(KnownFields().are_prefix_of(fields));
}

TEST_CASE("fields of clients who never repeat them are kept now and then") {
  KnownFields known;
  std::string kept;
  for (int request = 1; request <= 100; ++request) {
    if (known.should_keep()) kept += std::to_string(request) + " ";
  }
  CHECK(kept == "1 2 4 8 16 32 64 96 ");
}

TEST_CASE("every size has its limit") {
  const std::string path(64 - 13, 'p');
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\n";
  std::string fields;
  for (int i = 0; i < 7; ++i) fields += "A: b\r\n";
  const std::string big(600, 'v');
  const std::vector<Case> cases = {
      {"GET " + path + "p HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET /" + path + "p HTTP/1.1\r\nHost: a\r\n\r\n", "414"},
      {"GET /" + path + path + path, "414"},
      {start + fields + "\r\n", "GET / host=a;"},
      {start + fields + "A: b\r\n\r\n", "431"},
      {start + "X: " + big, "431"},
      {start + big, "431"},
      {start + "X: " + big + "\r\n\r\n", "431"},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 33\r\n\r\n", "POST / host=a 413"},
      {chunked("21\r\n"), "POST / host=a 413"},
      {chunked("8\r\n12345678\r\nffffffffffffffff\r\n"), "POST / host=a 12345678413"},
      {chunked(std::string(40, '0') + "60000\r\n"), "POST / host=a 400"},
      {chunked("8\r\n12345678\r\n" + std::string(25, '0') + "60000\r\n"),
       "POST / host=a 12345678400"},
      {chunked("8\r\n12345678\r\n19\r\n"), "POST / host=a 12345678413"},
      {chunked("1;" + std::string(33, 'e')), "POST / host=a 413"},
      {chunked("1;eeeeeeeeeeeeeeee\r\na\r\n1;eeeeeeeeeeeeeeee\r\n"), "POST / host=a a413"},
      {chunked("0\r\nX: " + std::string(80, 't')), "POST / host=a 431"},
      {chunked("0\r\nX: " + std::string(80, 't') + "\r\n\r\n"), "POST / host=a 431"},
      {chunked("0\r\n" + std::string(80, 't') + "\r\n"), "POST / host=a 431"},
      {chunked("0\r\n" + std::string(50, 't') + "\r\n"), "POST / host=a 400"},
      {chunked("0\r\n" + std::string(80, 't') + "\x01"), "POST / host=a 431"},
      {chunked("0\r\n" + fields + "A: b\r\nA: b\r\n\r\n"), "POST / host=a 431"},
      // The same fields behind a longer line.
      {start + "Y: " + big.substr(0, 480) +
           "\r\n\r\nGET /1234567 HTTP/1.1\r\nHost: a\r\nY: " + big.substr(0, 480) + "\r\n\r\n",
       "GET / host=a;431"},
  };
  for (const Case& c : cases) check_however_split(c.bytes, c.expected);
}

TEST_CASE("trailers are kept beside the head, however they are split") {
  const std::string request =
      chunked("1;a=b\r\nx\r\n0\r\nX-Sum:  a b \t\r\nX-Empty:\r\nX-Sum: c\r\n\r\n");
  for (std::size_t step = 1; step <= request.size(); ++step) {
    RequestParser parser(kLimits);
    Recorder recorder(parser);
    for (std::size_t at = 0; at < request.size(); at += step) {
      recorder.feed(request.substr(at, step));
    }
    CHECK(recorder.text() == "POST / host=a x;");
    const std::unique_ptr<Headers> trailers = parser.take_trailers();
    REQUIRE(trailers);
    REQUIRE(trailers->size() == 3);
    CHECK(trailers->get("x-sum") == "a b");
    CHECK((*trailers)[1].value == "");
    CHECK((*trailers)[2].value == "c");
  }
}

TEST_CASE("the refusal of a HEAD is known as such wherever it failed") {
  for (const char* rest : {"X : y\r\n", "Host: a b\r\n\r\n", "X: y\rz\r\n"}) {
    RequestParser parser(kLimits);
    const std::string request = std::string("HEAD / HTTP/1.1\r\n") + rest;
    std::string_view input = request;
    CHECK(parser.parse(input) == RequestParser::Event::kError);
    CHECK(parser.head().method == Method::kHead);
  }
  KnownFields known;
  RequestParser parser(kLimits);
  parser.remember_fields_in(&known);
  const std::string before = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string behind = "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n";
  std::string_view input = before;
  CHECK(parser.parse(input) == RequestParser::Event::kHead);
  CHECK(known.are_prefix_of("Host: a\r\n\r\n"));
  input = behind;
  CHECK(parser.parse(input) == RequestParser::Event::kError);
  CHECK(parser.head().method == Method::kGet);
}

TEST_CASE("a parser says where it stands") {
  RequestParser parser(kLimits);
  std::string_view input = "\r\n";
  CHECK(parser.parse(input) == RequestParser::Event::kNeedMore);
  CHECK_FALSE(parser.head_started());
  input = "GE";
  CHECK(parser.parse(input) == RequestParser::Event::kNeedMore);
  CHECK(parser.head_started());
  input = "T / HTTP/1.1\r\nHost: a\r\n\r\nrest";
  CHECK(parser.parse(input) == RequestParser::Event::kHead);
  CHECK(input == "rest");
  CHECK_FALSE(parser.head_started());
  CHECK(parser.message_complete());
  CHECK(parser.head().target == "/");
  CHECK(parser.head().method == Method::kGet);
}

TEST_CASE("a body's limit may be set late, and counts what came before") {
  using Event = RequestParser::Event;
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::string length = start + "Content-Length: 10\r\n\r\n12345";
  const std::string chunks = start + "Transfer-Encoding: chunked\r\n\r\na\r\n12345";
  for (const std::string& request : {length, chunks}) {
    for (const bool fits : {true, false}) {
      RequestParser parser(kLimits);
      std::string_view input = request;
      CHECK(parser.parse(input) == Event::kHead);
      CHECK(parser.parse(input) == Event::kBody);
      CHECK(parser.body_exceeds(9));
      CHECK_FALSE(parser.body_exceeds(10));
      CHECK(parser.set_body_limit(fits ? 10 : 9) == fits);
      input = "67890";
      CHECK(parser.parse(input) == (fits ? Event::kBody : Event::kError));
      if (!fits) CHECK(parser.error().status == 413);
    }
  }
}

TEST_CASE("a few empty lines may stand before a request, not lines without end") {
  RequestParser parser(kLimits);
  std::string_view input = "\r\n\r\n";
  CHECK(parser.parse(input) == RequestParser::Event::kNeedMore);
  std::string many;
  for (int i = 0; i < 10; ++i) many += "\r\n";
  input = many;
  CHECK(parser.parse(input) == RequestParser::Event::kError);
  CHECK(parser.error().status == 400);
}
