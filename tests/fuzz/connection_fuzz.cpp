// SPDX-License-Identifier: MIT
// Two clients at one server, whose every path is a little program that its handler runs. What they
// send, how it is cut, who leaves, reads nothing, is too late or is stopped, and when, is the
// input's. Nothing of a request may be left when all are gone.
#include <unistd.h>
#include <capricorn/http/client_disconnect.hpp>
#include <capricorn/loop/ensure_future.hpp>
#include <capricorn/loop/event.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/test_loop.hpp>
#include <capricorn/server/http_protocol.hpp>
#include <capricorn/server/logging.hpp>
#include <capricorn/server/metrics.hpp>
#include <capricorn/server/metrics_board.hpp>
#include <capricorn/server/server.hpp>

#include <array>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "../support/test_transport.hpp"
#include "fuzz.hpp"

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kFile = 100'000;

int open_file() {
  std::FILE* file = std::tmpfile();  // until the process ends
  fuzz::require(file && ::ftruncate(::fileno(file), kFile) == 0, "there is a file");
  return ::fileno(file);
}

/// What one request's handler does, a letter at a time.
class Steps {
 public:
  Steps(Scope& scope, Receive& receive, Send& send, Event& released)
      : scope_(scope), receive_(receive), send_(send), released_(released) {}

  Task<> run() {
    std::exception_ptr cancelled;
    try {
      co_await take_all();
    } catch (const CancelledError&) {
      cancelled = std::current_exception();
    }
    co_await end_waits();
    if (cancelled) std::rethrow_exception(cancelled);
  }

 private:
  Task<> take_all() {
    const std::string program(scope_.path.substr(0, 64));
    for (const char step : program) {
      if (step == 'q') break;
      try {
        co_await take(step);
      } catch (const std::logic_error&) {  // out of order, as an application's mistake
      } catch (const WebSocketDisconnect&) {
      } catch (const ClientDisconnect&) {
      }
    }
  }

  Task<> take(char step) {
    const Headers none;
    switch (step) {
      case 'r': note(co_await receive_()); break;
      case 'R':
        while (more_) note(co_await receive_());
        break;
      case 's': co_await send_(ResponseStart{200, none}); break;
      case 'n': co_await send_(ResponseStart{200, Headers{{"content-length", "7"}}}); break;
      case 'b': co_await send_(ResponseBody{"piece", true}); break;
      case 'B': co_await send_(ResponseBody{large_, true}); break;
      case 'e': co_await send_(ResponseBody{"end", false}); break;
      case 'W': co_await send_(WholeResponse{200, none, body_}); break;
      case 'V': co_await send_(WholeResponse{200, none, large_}); break;
      case 'S': co_await send_(WholeResponse{101, none, ""}); break;
      case 'h': co_await send_(EarlyHints{Headers{{"link", "</a>"}}}); break;
      case 'f': co_await send_(FileRange{file(), 0, kFile, true}); break;
      case 'F': co_await send_(FileRange{file(), kFile - 1, 2, false}); break;
      default: co_await take_other(step);
    }
  }

  Task<> take_other(char step) {
    const Headers none;
    switch (step) {
      case 'a': co_await send_(WebSocketAccept{"chat", none}); break;
      case 'm': co_await send_(WebSocketSend{"message", true}); break;
      case 'M': co_await send_(WebSocketSend{large_, false}); break;
      case 'c': co_await send_(WebSocketClose{1000, "bye"}); break;
      case 'E':
        for (int i = 0; i < 100 && more_; ++i) {
          const ReceiveEvent event = co_await receive_();
          note(event);
          const auto* message = std::get_if<WebSocketReceive>(&event);
          if (message) co_await send_(WebSocketSend{message->data, message->text});
        }
        break;
      case 'z': co_await sleep(0s); break;
      case 'Z': co_await sleep(2s); break;
      case 'w': co_await released_.wait(); break;
      case 'k': wait_ = create_task(receive_()); break;
      case 'K': sending_ = create_task(send_(ResponseBody{"later", true})); break;
      case 'j': co_await end_waits(); break;
      case 'l': scope_.max_body = 8; break;
      case 'o': scope_.cancel_on_eof = true; break;
      case 'x': throw std::runtime_error("thrown");
      default: break;
    }
  }

  void note(const ReceiveEvent& event) {
    if (const auto* request = std::get_if<HttpRequest>(&event)) {
      body_ += request->body;
      more_ = request->more_body;
    } else if (const auto* message = std::get_if<WebSocketReceive>(&event)) {
      body_ += message->data;
    } else if (!std::holds_alternative<WebSocketConnect>(event)) {
      more_ = false;
    }
  }

  /// Nobody may wait for a request that is over.
  Task<> end_waits() {
    if (wait_) co_await end(*std::exchange(wait_, std::nullopt));
    if (sending_) co_await end(*std::exchange(sending_, std::nullopt));
  }
  template <class T>
  static Task<> end(TaskHandle<T> task) {
    task.cancel();
    try {
      static_cast<void>(co_await task);
    } catch (const CancelledError&) {
    } catch (const std::exception&) {
    }
  }

  static int file() {
    static const int fd = open_file();
    return fd;
  }

  Scope& scope_;
  Receive& receive_;
  Send& send_;
  Event& released_;
  std::optional<TaskHandle<ReceiveEvent>> wait_;
  std::optional<TaskHandle<void>> sending_;
  std::string body_;
  std::string large_ = std::string(20'000, 'x');
  bool more_ = true;
};

struct Programs final : Application {
  Event released;
  Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    Steps steps(scope, receive, send, released);
    co_await steps.run();
  }
};

struct Client {
  Client(HttpServer& server, Loop& loop) : pipe(loop) {
    pipe.start(std::make_unique<HttpProtocol>(server, pipe));
  }
  Connection* connection() { return static_cast<Connection*>(pipe.protocol()); }
  void pause(bool on) {
    if (!connection() || std::exchange(paused, on) == on) return;
    on ? connection()->pause_writing() : connection()->resume_writing();
  }

  TestTransport pipe;
  bool paused = false;
};

std::string_view take_front(std::string_view& bytes, std::size_t size) {
  const std::string_view front = bytes.substr(0, size);
  bytes.remove_prefix(front.size());
  return front;
}

/// What a client reads: answers that begin where the one before ends, and nothing behind the last.
class Answers {
 public:
  explicit Answers(std::string_view sent) : rest_(sent) {}

  void check() {
    while (!rest_.empty() && take()) {
    }
  }

 private:
  /// False where what follows is no answer of HTTP's, or not all of it came.
  bool take() {
    constexpr std::string_view kBegin = "HTTP/1.1 ";
    fuzz::require(rest_.substr(0, kBegin.size()) == kBegin.substr(0, rest_.size()),
                  "an answer begins behind another one's end");
    const std::size_t end = rest_.find("\r\n\r\n");
    fuzz::require(end != rest_.npos, "the head of an answer is whole");
    const std::string_view head = take_front(rest_, end + 4);
    fuzz::require(!last_, "nothing follows the last answer");
    const std::string_view status = head.substr(kBegin.size(), 3);
    if (status == "101") return false;
    last_ = head.contains("\r\nconnection: close\r\n");
    if (status[0] == '1' || status == "204" || status == "304") return true;
    if (head.contains("\r\ntransfer-encoding: chunked\r\n")) return take_chunks();
    const std::size_t length = head.find("\r\ncontent-length: ");
    if (length == head.npos) return false;
    const std::size_t size = std::stoul(std::string(head.substr(length + 18)));
    return take_front(rest_, size).size() == size;
  }

  bool take_chunks() {
    while (true) {
      const std::size_t line = rest_.find("\r\n");
      if (line == rest_.npos) return false;
      const std::string_view digits = rest_.substr(0, line);
      fuzz::require(!digits.empty() && digits.size() < 8 &&
                        digits.find_first_not_of("0123456789abcdef") == digits.npos,
                    "a chunk begins with its size");
      const std::size_t size = std::stoul(std::string(digits), nullptr, 16);
      rest_.remove_prefix(line + 2);
      if (rest_.size() < size + 2) return false;
      fuzz::require(rest_.substr(size, 2) == "\r\n", "a chunk ends with its data");
      rest_.remove_prefix(size + 2);
      if (size == 0) return true;
    }
  }

  std::string_view rest_;
  bool last_ = false;
};

struct Scene {
  fuzz::Input& input;
  Config& config;
  Programs& app;
  HttpServer& server;
  Loop& loop;
};

Task<> act(Scene& scene, Client& client, std::string_view& bytes, std::size_t act,
           std::size_t amount) {
  switch (act) {
    case 0: client.pipe.feed(take_front(bytes, amount + 1)); break;
    case 1:
    case 2: client.pipe.feed(take_front(bytes, 20 * (amount + 1))); break;
    case 3: client.pipe.feed(take_front(bytes, bytes.find("\r\n\r\n") + 4)); break;
    case 4:
    case 5:
      for (std::size_t i = 0; i <= amount; ++i) co_await sleep(0s);
      break;
    case 6: co_await sleep(1s * amount); break;
    case 7: client.pause(amount % 2 == 0); break;
    case 8: client.pipe.finish(); break;
    case 9: client.pipe.lose({}); break;
    case 10:
      if (client.connection()) client.connection()->check_deadline(scene.loop.cached_time());
      break;
    case 11: client.pipe.block(scene.loop.cached_time(), amount * 1000); break;
    case 12: client.pipe.block(std::nullopt); break;
    case 13: amount % 2 ? scene.app.released.set() : scene.app.released.clear(); break;
    case 14:
      if (amount < 12) break;
      scene.server.shutdown_event().set();
      if (client.connection()) client.connection()->shutdown(1s);
      break;
    default: break;
  }
}

/// A request of somebody else is served as ever.
Task<> expect_health(Scene& scene) {
  scene.config.limit_concurrency = 1;
  Client other(scene.server, scene.loop);
  other.pipe.feed("GET /W HTTP/1.1\r\nhost: x\r\n\r\n");
  const bool closes = scene.server.draining();
  fuzz::require(other.pipe.sent() == std::string("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n") +
                                         (closes ? "connection: close\r\n" : "") + "\r\n",
                "nothing of a request is left when it is over");
  co_await sleep(0s);
}

Task<> play(Scene& scene) {
  const std::size_t acts = 1 + scene.input.choose(48);
  std::array<std::pair<std::size_t, std::size_t>, 48> program;
  for (std::size_t i = 0; i < acts; ++i) {
    const std::size_t act = scene.input.choose(256);
    program[i] = {act, scene.input.choose(32)};
  }
  std::string_view bytes = scene.input.rest();
  const bool head = bytes.contains("HEAD");  // whose answers end before their bodies
  {
    Client one(scene.server, scene.loop);
    Client two(scene.server, scene.loop);
    for (std::size_t i = 0; i < acts; ++i) {
      const auto [which, amount] = program[i];
      co_await act(scene, amount < 24 ? one : two, bytes, which % 16, amount % 16);
    }
    one.pipe.feed(bytes);
    for (int i = 0; i < 8; ++i) co_await sleep(0s);
    if (!head) Answers(one.pipe.sent()).check();
    if (!head) Answers(two.pipe.sent()).check();
  }
  scene.app.released.set();
  co_await sleep(1h);
  co_await expect_health(scene);
}

}  // namespace

namespace {

/// Lines that are written when requests are over tell of what they were, be they gone or not.
void log_to_nowhere() {
  Config config;
  config.log_file = config.access_log_file = "/dev/null";
  config.access_log_format =
      "%(h)s %(r)s %(s)s %(b)s %(L)s %({host}i)s %({content-length}o)s %({traceparent}e)s";
  configure_logging(config, LogWriter::Mode::kDirect);
}

Config make_config(std::size_t variant) {
  Config config;
  config.server_header = config.date_header = false;
  config.access_log = (variant & 1) != 0;
  if ((variant & 2) != 0) config.timeout_handler = 1500ms;
  if ((variant & 4) != 0) config.root_path = "/-";
  config.limits.request_line = 128;
  config.limits.head_bytes = 512;
  config.limits.body_bytes = 1000;
  config.ws_max_queue = 4;
  return config;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool logs = (log_to_nowhere(), true);
  fuzz::require(logs, "there is a log");
  fuzz::Input input(data, size);
  Config config = make_config(input.choose(8));
  TestLoop loop;
  Programs app;
  MetricsBoard board(1);
  {
    Metrics metrics(board, *board.claim(), loop, true);
    HttpServer server(app, config, loop);
    server.set_metrics(&metrics);
    Scene scene{input, config, app, server, loop};
    loop.run_until_complete(play(scene));
    shut_down(loop);
  }
  return 0;
}
