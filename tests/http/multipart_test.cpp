// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/header_parameters.hpp>
#include <capricorn/http/multipart.hpp>

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

using namespace capricorn;

namespace {

constexpr std::size_t kMaxHead = 256;

/// What the parser says of a body, fed in pieces of these sizes: `part(name|file)`, its data, `;`,
/// and at last `!` and the error, `...` where the body was cut or `.` where it is complete.
class Trace {
 public:
  explicit Trace(std::string_view boundary) : parser_(boundary, kMaxHead) {}

  void feed(std::string_view piece) {
    using Event = MultipartParser::Event;
    parser_.feed(piece);
    for (Event event = parser_.next(); event != Event::kMore; event = parser_.next()) {
      if (event == Event::kError) {
        error_ = parser_.error();
        return;
      }
      if (event == Event::kPart) begin(parser_.part());
      if (event == Event::kData) text_ += parser_.data();
      if (event == Event::kPartEnd) text_ += ";";
    }
  }
  std::string end() const {
    if (!error_.empty()) return text_ + "!" + error_;
    return text_ + (parser_.complete() ? "." : "...");
  }

 private:
  void begin(const MultipartPart& part) {
    text_ += "part(" + part.name;
    if (part.filename) text_ += "|" + *part.filename;
    for (const Headers::Field field : part.headers) {
      if (field.name == "content-disposition") continue;
      text_.append(",").append(field.name).append("=").append(field.value);
    }
    text_ += ")";
  }

  MultipartParser parser_;
  std::string text_;
  std::string error_;
};

std::string trace(std::string_view boundary, std::string_view body, std::size_t split) {
  Trace trace(boundary);
  trace.feed(body.substr(0, split));
  trace.feed(body.substr(split));
  return trace.end();
}

std::string trace_bytes(std::string_view boundary, std::string_view body) {
  Trace trace(boundary);
  for (const char& byte : body) trace.feed({&byte, 1});
  return trace.end();
}

struct Case {
  std::string_view what;
  std::string_view body;
  std::string_view expected;
};

/// As a whole, byte by byte and split at each position the same comes out.
void check(const Case& c, std::string_view boundary = "b") {
  CAPTURE(c.what);
  CHECK(trace(boundary, c.body, c.body.size()) == c.expected);
  CHECK(trace_bytes(boundary, c.body) == c.expected);
  for (std::size_t split = 0; split < c.body.size(); ++split) {
    CAPTURE(split);
    REQUIRE(trace(boundary, c.body, split) == c.expected);
  }
}

#define NAMED "Content-Disposition: form-data; name=\"a\"\r\n\r\n"
#define PARSING "There was an error parsing the body"
#define NAME_MISSING "The Content-Disposition header field \"name\" must be provided."

}  // namespace

TEST_CASE("forms are read, however their bytes are split") {
  for (const Case& c : {
           Case{"one field", "--b\r\n" NAMED "x\r\n--b--\r\n", "part(a)x;."},
           {"no line end after the last boundary", "--b\r\n" NAMED "x\r\n--b--", "part(a)x;."},
           {"two fields",
            "--b\r\n" NAMED
            "x\r\n--b\r\nContent-Disposition: form-data; name=\"c\"\r\n\r\ny\r\n--b--\r\n",
            "part(a)x;part(c)y;."},
           {"a file with its type",
            "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.txt\"\r\n"
            "Content-Type: text/plain\r\n\r\nhello\r\n--b--\r\n",
            "part(f|f.txt,content-type=text/plain)hello;."},
           {"an empty field", "--b\r\n" NAMED "\r\n--b--\r\n", "part(a);."},
           {"an empty body part, whose blank line is the delimiter's",
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n--b--\r\n", "part(a);."},
           {"no part at all, as an empty FormData is sent", "--b--\r\n", "."},
           {"a preamble and an epilogue", "hello\r\n--b\r\n" NAMED "x\r\n--b--\r\n--b\r\nmore",
            "part(a)x;."},
           {"an empty line before the first boundary", "\r\n--b\r\n" NAMED "x\r\n--b--\r\n",
            "part(a)x;."},
           {"a preamble with a boundary that begins no line",
            "x--b\r\n\r\n--b\r\n" NAMED "x\r\n--b--\r\n", "part(a)x;."},
           {"padding behind boundaries", "--b \t\r\n" NAMED "x\r\n--b-- \t\r\n", "part(a)x;."},
           {"data that looks like a delimiter",
            "--b\r\n" NAMED "\r\n--\r\n-\r\r\n--a\r\n--\r\r\n--b--\r\n",
            "part(a)\r\n--\r\n-\r\r\n--a\r\n--\r;."},
           {"a boundary that begins no line", "--b\r\n" NAMED "x--b--\n--b\r--b\r\n--b--\r\n",
            "part(a)x--b--\n--b\r--b;."},
           {"bare line ends in the data", "--b\r\n" NAMED "\n\r\n\r\r\n--b--\r\n",
            "part(a)\n\r\n\r;."},
           {"headers in any case, without spaces",
            "--b\r\nCONTENT-disposition:FORM-DATA;NAME=a;x=y\r\n\r\nx\r\n--b--\r\n", "part(a)x;."},
       }) {
    check(c);
  }
}

TEST_CASE("names are read as browsers and curl write them") {
  struct Disposition {
    std::string_view parameters;
    std::string_view expected;
  };
  for (const Disposition& c : {
           Disposition{R"(name="a b;c")", "part(a b;c)"},
           {R"(name="a%22b%0D%0ac%25%2")", "part(a\"b\r\nc%25%2)"},
           {R"(name="a\"b\\c\d")", R"(part(a"b\c\d))"},
           {R"(name=token)", "part(token)"},
           {R"(name="")", "part()"},
           {R"(name="a"; filename="")", "part(a|)"},
           {R"(name="a"; filename="C:\dir\f.txt")", R"(part(a|f.txt))"},
           {R"(name="a"; filename=":\f.txt")", R"(part(a|:\f.txt))"},
           {R"(filename="f"; name="a")", "part(a|f)"},
           {"name=\"\xc3\xa4\"; filename=\"\xe2\x82\xac\"", "part(\xc3\xa4|\xe2\x82\xac)"},
           {R"(name="a"; filename*=UTF-8''%e2%82%ac%20x)", "part(a|\xe2\x82\xac x)"},
           {R"(name=a; filename="=?utf-8?B?w6Q=?="; filename*=utf-8''%C3%A4)", "part(a|\xc3\xa4)"},
           {R"(name="a"; filename*=UTF-8''first; filename="second")", "part(a|first)"},
           {R"(name="a"; filename="good"; filename*=latin1''x)", "part(a|good)"},
           {R"(name="a"; filename*=latin1''x)", "part(a)"},
           {R"(name="a"; filename*=UTF-8''%0a)", "part(a)"},
           {R"(name="a";)", "part(a)"},
       }) {
    CAPTURE(c.parameters);
    const std::string body = "--b\r\nContent-Disposition: form-data; " + std::string(c.parameters) +
                             "\r\n\r\n\r\n--b--\r\n";
    check({"", body, std::string(c.expected) + ";."});
  }
}

TEST_CASE("what is malformed is refused, however its bytes are split") {
  static constexpr char kNul[] = "--b\r\nX: \0\r\n" NAMED;
  const std::string long_head = "--b\r\nX: " + std::string(kMaxHead, 'x') + "\r\n" NAMED;
  for (const Case& c : {
           Case{"nothing", "", "..."},
           {"cut in the data", "--b\r\n" NAMED "x", "part(a)x..."},
           {"cut in the head", "--b\r\nContent-Dis", "..."},
           {"cut in the last boundary", "--b\r\n" NAMED "x\r\n--b-", "part(a)x;..."},
           {"cut behind the last boundary", "--b\r\n" NAMED "x\r\n--b--\r", "part(a)x;..."},
           {"no boundary", "hello\r\n", "..."},
           {"bare LF behind a boundary", "--b\n" NAMED "x\r\n--b--\r\n", "!" PARSING},
           {"a longer boundary", "--bb\r\n" NAMED "x\r\n--b--\r\n", "!" PARSING},
           {"text behind a boundary", "--b x\r\n" NAMED "x\r\n--b--\r\n", "!" PARSING},
           {"text behind the last boundary", "--b\r\n" NAMED "x\r\n--b--x", "part(a)x;!" PARSING},
           {"a single dash", "--b\r\n" NAMED "x\r\n--b-\r\n", "part(a)x;!" PARSING},
           {"a CR alone behind a boundary", "--b\rx", "!" PARSING},
           {"no headers", "--b\r\n\r\nx\r\n--b--\r\n", "!" NAME_MISSING},
           {"no Content-Disposition", "--b\r\nX: y\r\n\r\nx\r\n--b--\r\n", "!" NAME_MISSING},
           {"no name", "--b\r\nContent-Disposition: form-data\r\n\r\n", "!" NAME_MISSING},
           {"two names", "--b\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\n",
            "!" PARSING},
           {"two file names",
            "--b\r\nContent-Disposition: form-data; name=a; filename=a; filename=b\r\n\r\n",
            "!" PARSING},
           {"two dispositions", "--b\r\nContent-Disposition: form-data; name=b\r\n" NAMED,
            "!" PARSING},
           {"another disposition", "--b\r\nContent-Disposition: attachment; name=a\r\n\r\n",
            "!" PARSING},
           {"an open quote", "--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\n",
            "!" PARSING},
           {"text behind a quote", "--b\r\nContent-Disposition: form-data; name=\"a\"b\r\n\r\n",
            "!" PARSING},
           {"a folded line", "--b\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\n",
            "!" PARSING},
           {"a line without a colon", "--b\r\nhello\r\n" NAMED, "!" PARSING},
           {"a space before the colon", "--b\r\nX : y\r\n" NAMED, "!" PARSING},
           {"an empty header name", "--b\r\n: y\r\n" NAMED, "!" PARSING},
           {"LF in a header", "--b\r\nX: y\nContent-Disposition: form-data; name=a\r\n\r\n",
            "!" PARSING},
           {"CR in a header", "--b\r\nX: y\rz\r\n" NAMED, "!" PARSING},
           {"NUL in a header", std::string_view(kNul, sizeof kNul - 1), "!" PARSING},
           {"a head that is too long", long_head, "!" PARSING},
       }) {
    check(c);
  }
}

TEST_CASE("a head of the largest size passes, a byte more does not") {
  const std::string rest = "\r\n" NAMED;
  for (const std::size_t size : {kMaxHead, kMaxHead + 1}) {
    const std::string head = "X: " + std::string(size - rest.size() - 3, 'x') + rest;
    REQUIRE(head.size() == size);
    const std::string body = "--b\r\n" + head + "\r\n--b--";
    CHECK(trace_bytes("b", body).ends_with(";.") == (size == kMaxHead));
    CHECK(trace("b", body, body.size()).ends_with(";.") == (size == kMaxHead));
  }
}

TEST_CASE("long boundaries and binary data") {
  const std::string boundary = "----WebKitFormBoundary" + std::string(48, 'x');
  std::string data;
  for (int i = 0; i < 2000; ++i) data += static_cast<char>(i * 31 % 256);
  data += "\r\n--" + boundary.substr(0, 69);
  const std::string body = "--" + boundary + "\r\n" NAMED + data + "\r\n--" + boundary + "--\r\n";
  check({"binary", body, "part(a)" + data + ";."}, boundary);
}

TEST_CASE("the boundary of a Content-Type") {
  struct BoundaryCase {
    std::string_view type;
    std::string_view boundary;
  };
  const std::string longest(70, 'x');
  for (const BoundaryCase& c : {
           BoundaryCase{"multipart/form-data; boundary=abc", "abc"},
           {"multipart/form-data;boundary=\"a b\"", "a b"},
           {"multipart/form-data; charset=utf-8; BOUNDARY=----x1", "----x1"},
           {"multipart/form-data; boundary=a'()+_,-./:=?b", "a'()+_,-./:=?b"},
           {"multipart/form-data; boundary=abc ;x=y", "abc"},
           {"multipart/form-data; ; boundary=abc;", "abc"},
           {"multipart/form-data", ""},
           {"multipart/form-data; boundary=", ""},
           {"multipart/form-data; boundary=\"\"", ""},
           {"multipart/form-data; boundary=\"a \"", ""},
           {"multipart/form-data; boundary=\"a", ""},
           {"multipart/form-data; boundary=\"a\"b", ""},
           {"multipart/form-data; boundary=a b", ""},
           {"multipart/form-data; boundary=a; boundary=b", ""},
           {"multipart/form-data; boundary=*****", "*****"},
           {"multipart/form-data; boundary=a@b", "a@b"},
           {"multipart/form-data; boundary=\"a\tb\"", ""},
           {"multipart/form-data; boundary=\"a\\\"b\"", ""},
           {"multipart/form-data; boundary=\xc3\xa4", ""},
           {"multipart/form-data; boundary", ""},
       }) {
    CAPTURE(c.type);
    CHECK(multipart_boundary(c.type) == c.boundary);
  }
  CHECK(multipart_boundary("multipart/form-data; boundary=" + longest) == longest);
  CHECK(multipart_boundary("multipart/form-data; boundary=x" + longest) == "");
}

TEST_CASE("bytes at random give the same events however they are split") {
  constexpr std::string_view kPieces[] = {"\r\n--b",
                                          "--b\r\n" NAMED,
                                          "\r\n--b\r\n" NAMED,
                                          "\r\n--b--",
                                          "\r\n--b--\r\n",
                                          "\r\n",
                                          "\r",
                                          "\n",
                                          "-",
                                          "--",
                                          "b",
                                          " ",
                                          "x",
                                          "X: y\r\n",
                                          "Content-Disposition: form-data; name=\"c\"\r\n",
                                          ":"};
  std::uint32_t random = 1;
  const auto next = [&random](std::size_t below) {
    random = random * 1664525 + 1013904223;
    return static_cast<std::size_t>(random >> 16) % below;
  };
  int complete = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string body = i % 4 ? "--b\r\n" NAMED : "";
    for (std::size_t left = next(12); left > 0; --left) body += kPieces[next(std::size(kPieces))];
    if (i % 2) body += "\r\n--b--";
    const std::string whole = trace("b", body, body.size());
    CAPTURE(body);
    REQUIRE(trace_bytes("b", body) == whole);
    REQUIRE(trace("b", body, next(body.size() + 1)) == whole);
    complete += whole.ends_with('.') && !whole.ends_with("...");
  }
  CHECK(complete > 2000);
}
