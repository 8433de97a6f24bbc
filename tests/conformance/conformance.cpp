// SPDX-License-Identifier: MIT
#include "conformance.hpp"

#include <doctest/doctest.h>
#include <capricorn/http/field_value.hpp>
#include <capricorn/loop/log.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/server/http_protocol.hpp>
#include <capricorn/server/server.hpp>
#include <test_transport.hpp>

#include <vector>

#include "mirror.hpp"

namespace capricorn::conformance {
namespace {

/// The bytes a client got, read answer by answer.
class AnswerReader {
 public:
  AnswerReader(std::string_view bytes, std::string_view expected) : bytes_(bytes) {
    while (!expected.empty()) {
      expected_.push_back(expected.substr(0, expected.find("; ")));
      expected.remove_prefix(std::min(expected.size(), expected_.back().size() + 2));
    }
  }

  /// "200 GET /a; 404; "
  std::string outcome() {
    std::string text;
    while (!bytes_.empty()) {
      text += answer();
      text += "; ";
      ++count_;
    }
    return text;
  }
  bool last_says_close() const noexcept { return says_close_; }
  /// Nothing was answered, or something without its end.
  bool broken() const noexcept { return count_ == 0 || broken_; }

 private:
  std::string answer() {
    const std::size_t end = bytes_.find("\r\n\r\n");
    if (says_close_) return rest("more behind the last answer");
    if (end == bytes_.npos || !bytes_.starts_with("HTTP/1.1 ")) return rest("no answer");
    std::string_view head = bytes_.substr(0, end + 2);
    bytes_.remove_prefix(end + 4);
    std::string status(head.substr(9, 3));
    head.remove_prefix(head.find("\r\n") + 2);
    Fields fields;
    while (!head.empty()) fields.add(head);
    if (status[0] == '1') return status;
    if (fields.dates != 1) return rest("no date");
    says_close_ = fields.close;
    const bool head_request = count_ < expected_.size() && expected_[count_].ends_with(" HEAD");
    if (head_request) return status + " HEAD";
    if (status == "204" || status == "304") return status;
    const std::string body = take_body(fields);
    return status[0] == '2' ? status + " " + body : body.empty() ? rest("no reason") : status;
  }

  struct Fields {
    std::string_view length;
    int lengths = 0;
    int dates = 0;
    bool chunked = false;
    bool close = false;

    void add(std::string_view& head) {
      std::string_view line = head.substr(0, head.find("\r\n"));
      head.remove_prefix(line.size() + 2);
      const std::string_view name = line.substr(0, line.find(':'));
      const std::string_view value = trim_ows(line.substr(name.size() + 1));
      if (name == "content-length") ++lengths, length = value;
      if (name == "date") ++dates;
      if (name == "transfer-encoding") chunked = value == "chunked";
      if (name == "connection") close = list_has(value, "close");
    }
  };

  std::string take_body(const Fields& fields) {
    if (fields.chunked) return fields.lengths ? rest("chunked and a length") : take_chunks();
    if (fields.lengths == 0) return "until close " + rest("");
    const std::size_t size = std::stoul(std::string(fields.length));
    if (fields.lengths > 1 || size > bytes_.size()) return rest("a wrong length");
    std::string body(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return body;
  }

  std::string take_chunks() {
    std::string body = "chunked ";
    for (;;) {
      const std::size_t line = bytes_.find("\r\n");
      if (line == bytes_.npos) return body + rest("broken off");
      const std::size_t size = std::stoul(std::string(bytes_.substr(0, line)), nullptr, 16);
      if (bytes_.size() < line + 2 + size + 2) return body + rest("broken off");
      body += bytes_.substr(line + 2, size);
      bytes_.remove_prefix(line + 2 + size + 2);
      if (size == 0) return body;
    }
  }

  std::string rest(std::string_view sentence) {
    broken_ = true;
    std::string text(sentence.empty() ? bytes_ : sentence);
    if (!sentence.empty()) text += bytes_.empty() ? "" : ": " + std::string(bytes_);
    bytes_ = {};
    return text;
  }

  std::string_view bytes_;
  std::vector<std::string_view> expected_;
  std::size_t count_ = 0;
  bool says_close_ = false;
  bool broken_ = false;
};

class Runner {
 public:
  explicit Runner(const Config& config)
      : log_before_(set_log_sink([](LogLevel, std::string_view) noexcept {})),
        config_(config),
        server_(mirror_, config_, loop_) {}
  Runner(const Runner&) = delete;
  ~Runner() {
    shut_down(loop_);
    set_log_sink(log_before_);
  }

  /// `first` bytes, and the rest in steps.
  std::string outcome(const Case& c, std::size_t first, std::size_t step) {
    TestTransport pipe(loop_);
    pipe.start(std::make_unique<HttpProtocol>(server_, pipe));
    loop_.run_until_complete(send(pipe, c, first, step));
    AnswerReader reader(pipe.sent(), c.expected);
    std::string text = reader.outcome();
    const bool closed = pipe.closed() && !pipe.aborted();
    if (closed && !reader.broken() && !reader.last_says_close() && !c.fin) {
      text += "closed without saying so; ";
    }
    if (!pipe.is_closing() && reader.last_says_close()) text += "said close; ";
    return text + (pipe.aborted() ? "abort" : closed ? "close" : "keep");
  }

 private:
  static Task<> send(TestTransport& pipe, const Case& c, std::size_t first, std::size_t step) {
    pipe.feed(c.request.substr(0, first));
    co_await passes(2);
    for (std::size_t at = first; at < c.request.size(); at += step) {
      pipe.feed(c.request.substr(at, step));
      co_await passes(2);
    }
    if (c.fin) pipe.finish();
    co_await passes(40);
  }

  LogSink log_before_;
  Config config_;
  Mirror mirror_;
  Loop loop_;
  HttpServer server_;
};

}  // namespace

void check(std::span<const Case> cases, const Config& config) {
  Config quiet = config;
  quiet.access_log = false;
  Runner runner(quiet);
  for (const Case& c : cases) {
    const std::size_t size = c.request.size();
    CAPTURE(c.section);
    CAPTURE(c.name);
    CAPTURE(c.request);
    const std::string whole = runner.outcome(c, size, size);
    CHECK(whole == c.expected);
    if (whole != c.expected) continue;
    CHECK(runner.outcome(c, 0, 1) == c.expected);
    // A long request is cut at its ends and at a few places in between.
    const std::size_t stride = size > 600 ? size / 97 : 1;
    for (std::size_t at = 1; at < size; at += at < 80 || at + 80 > size ? 1 : stride) {
      const std::string split = runner.outcome(c, at, size);
      if (split == c.expected) continue;
      CAPTURE(at);
      CHECK(split == c.expected);
      break;
    }
  }
}

std::string get(std::string_view target, std::string_view fields) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n";
}

std::string post(std::string_view fields, std::string_view body, std::string_view target) {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n" +
         std::string(body);
}

std::string chunked(std::string_view body) { return post("Transfer-Encoding: chunked\r\n", body); }

}  // namespace capricorn::conformance
