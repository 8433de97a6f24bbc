// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <netdb.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/listener.hpp>
#include <capricorn/loop/log.hpp>
#include <capricorn/loop/open_connection.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/stream_server.hpp>
#include <capricorn/loop/timeout.hpp>
#include <capricorn/loop/wait_for.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>
#include <wrapped_selector.hpp>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

// UBSan asks the kernel through a pipe whether an object can be read.
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
#define CAPRICORN_TEST_UBSAN 1
#endif
#endif
#ifdef CAPRICORN_TEST_UBSAN
constexpr bool kSanitizerNeedsDescriptors = true;
#else
constexpr bool kSanitizerNeedsDescriptors = false;
#endif

/// libkqueue asks for a socket's error, which takes it away: no read is told of a reset any more.
bool selector_takes_errors() {
#if defined(CAPRICORN_HAS_LIBKQUEUE)
  return std::string(make_default_selector()->name()) == "kqueue";
#else
  return false;
#endif
}

Task<> echo(Stream stream) {
  for (;;) {
    const std::string bytes = co_await stream.read(65536);
    if (bytes.empty()) break;
    stream.write(bytes);
    co_await stream.drain();
  }
  stream.close();
  co_await stream.wait_closed();
}

Task<> until_end(Stream stream) {
  const std::string all = co_await stream.read();
  stream.write(std::to_string(all.size()));
}

/// Until `done()`; a socket's events come when the kernel pleases.
template <class F>
Task<> wait_until(F done) {
  co_await timeout(10s, [&](Timeout&) -> Task<> {
    while (!done()) co_await sleep(1ms);
  });
}

Task<std::string> error_of(Task<Stream> task) {
  try {
    co_await std::move(task);
  } catch (const std::system_error& error) {
    co_return error.what();
  }
  co_return "no error";
}

int port_of(const Server& server) { return server.sockets().at(0).port(); }

/// Closing it sends RST.
void reset_on_close(int fd) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  REQUIRE(::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
}

/// A blocking client that the loop knows nothing of.
Socket plain_client(int port) {
  Socket client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const SocketAddress address = getaddrinfo_blocking("127.0.0.1", std::to_string(port)).front();
  REQUIRE(::connect(client.fd(), address.data(), address.size()) == 0);
  return client;
}

struct SocketPath {
  SocketPath()
      : text((std::filesystem::temp_directory_path() /
              ("capricorn-" + std::to_string(::getpid()) + ".sock"))
                 .string()) {}
  ~SocketPath() { ::unlink(text.c_str()); }
  std::string text;
};

}  // namespace

TEST_CASE("an echo server answers several clients on a port the system chose") {
  run([]() -> Task<> {
    Server server = co_await start_server(echo, "127.0.0.1", 0);
    CHECK(server.is_serving());
    REQUIRE(server.sockets().size() == 1);
    CHECK(server.sockets()[0].host() == "127.0.0.1");
    const auto client = [](int port, std::string text) -> Task<std::string> {
      Stream stream = co_await open_connection("127.0.0.1", port);
      CHECK(stream.peer().text() == "127.0.0.1:" + std::to_string(port));
      CHECK(stream.local().port() != 0);
      stream.write(text);
      stream.write_eof();
      co_return co_await stream.read();
    };
    const int port = port_of(server);
    auto [a, b, c] = co_await gather(client(port, "one"), client(port, ""),
                                     client(port, std::string(3000000, 'x')));
    CHECK(a == "one");
    CHECK(b == "");
    CHECK(c == std::string(3000000, 'x'));
    server.close();
    co_await server.wait_closed();
  }());
}

TEST_CASE("half a connection closed leaves the other half") {
  run([]() -> Task<> {
    Server server = co_await start_server(until_end, "127.0.0.1", 0);
    Stream stream = co_await open_connection("localhost", port_of(server));
    stream.write(std::string(1000000, 'x'));
    stream.write_eof();  // the rest of the bytes goes first
    CHECK(co_await stream.read() == "1000000");
  }());
}

TEST_CASE("a slow reader stops the writer, and gets every byte") {
  run([]() -> Task<> {
    std::size_t written = 0;
    const std::size_t all = 40000000;
    Server server = co_await start_server(
        [&written](Stream stream) -> Task<> {
          const std::string piece(100000, 'x');
          while (written < all) {
            stream.write(piece);
            written += piece.size();
            co_await stream.drain();
          }
        },
        "127.0.0.1", 0);
    Stream stream = co_await open_connection("127.0.0.1", port_of(server), {.limit = 1000});
    std::size_t before = 1;
    while (written != before) {  // until it stands
      before = written;
      co_await sleep(20ms);
    }
    CHECK(written < all);
    std::size_t got = 0;
    for (;;) {
      const std::string bytes = co_await stream.read(1 << 20);
      if (bytes.empty()) break;
      got += bytes.size();
    }
    CHECK(got == all);
  }());
}

TEST_CASE("a server that is closed accepts no more, while its connections live on") {
  run([]() -> Task<> {
    Server server = co_await start_server(echo, "127.0.0.1", 0);
    const int port = port_of(server);
    Stream stream = co_await open_connection("127.0.0.1", port);
    stream.write("a");
    CHECK(co_await stream.read(1) == "a");
    server.close();
    server.close();
    CHECK_FALSE(server.is_serving());
    CHECK(server.sockets().empty());
    CHECK(co_await error_of(open_connection("127.0.0.1", port)) ==
          "cannot connect to 127.0.0.1 port " + std::to_string(port) + ": Connection refused");
    auto closed = create_task(server.wait_closed());
    stream.write("b");
    CHECK(co_await stream.read(1) == "b");
    CHECK_FALSE(closed.done());
    stream.close();
    co_await closed;
    co_await server.wait_closed();
    CHECK_THROWS_WITH_AS(server.start_serving(), "server is closed", RuntimeError);
  }());
}

TEST_CASE("wait_closed waits for the close, too; a dropped server is closed") {
  run([]() -> Task<> {
    Server server = co_await start_server(echo, "127.0.0.1", 0);
    const int port = port_of(server);
    auto closed = create_task(server.wait_closed());
    Stream stream = co_await open_connection("127.0.0.1", port);
    co_await sleep(0s);
    CHECK_FALSE(closed.done());
    server = Server();
    stream.write("still here");
    CHECK(co_await stream.readexactly(10) == "still here");
    CHECK_FALSE(closed.done());
    stream = Stream();
    co_await closed;
  }());
}

TEST_CASE("close_clients closes what is connected, abort_clients at once") {
  run([]() -> Task<> {
    Server server = co_await start_server(echo, "127.0.0.1", 0);
    Stream stream = co_await open_connection("127.0.0.1", port_of(server));
    stream.write("a");
    CHECK(co_await stream.read(1) == "a");
    server.close_clients();
    CHECK(co_await stream.read() == "");
    CHECK(server.is_serving());
    Stream other = co_await open_connection("127.0.0.1", port_of(server));
    other.write("b");
    CHECK(co_await other.read(1) == "b");
    server.close();
    server.abort_clients();
    CHECK(co_await other.read() == "");
    co_await server.wait_closed();
  }());
}

TEST_CASE("a handler's exception is reported and ends its connection alone") {
  static std::vector<std::string> reports;
  reports.clear();
  run([]() -> Task<> {
    get_running_loop().set_exception_handler([](Loop&, const ExceptionContext& context) {
      try {
        std::rethrow_exception(context.exception);
      } catch (const std::runtime_error& error) {
        reports.push_back(context.message + ": " + error.what());
      }
    });
    Server server = co_await start_server(
        [](Stream stream) -> Task<> {
          if (co_await stream.readline() == "fail\n") throw std::runtime_error("asked for");
          stream.write("fine");
        },
        "127.0.0.1", 0);
    Stream bad = co_await open_connection("127.0.0.1", port_of(server));
    Stream good = co_await open_connection("127.0.0.1", port_of(server));
    bad.write("fail\n");
    CHECK(co_await bad.read() == "");
    good.write("do not\n");
    CHECK(co_await good.read() == "fine");
    server.close();
    co_await server.wait_closed();
    CHECK(reports ==
          std::vector<std::string>{"Unhandled exception in client_connected_cb: asked for"});
  }());
}

TEST_CASE("the kernel takes little for a peer that reads nothing") {
  // 1. A thousand clients asked for a large file, each with a receive window of 512 bytes.
  // 2. The kernel took megabytes for each and cut them into thousands of segments.
  // 3. The loop stood for a minute, within sendfile and close.
  Loop loop;
  Socket socket =
      listen_on(getaddrinfo_blocking("127.0.0.1", "0", {.flags = AI_PASSIVE}).at(0), {});
  const int listening = socket.fd();
  const Listener listener(loop, std::move(socket), 1, "", {});
  const SocketAddress address = listener.address();
  const Socket client(::socket(AF_INET, SOCK_STREAM, 0));
  const int window = 4096;
  REQUIRE(::setsockopt(client.fd(), SOL_SOCKET, SO_RCVBUF, &window, sizeof window) == 0);
  REQUIRE(::connect(client.fd(), address.data(), address.size()) == 0);
  SocketAddress peer;
  const Socket server = accept_socket(listening, peer);
  REQUIRE(server);
  const std::string bytes(65536, 'x');
  std::size_t taken = 0;
  for (ssize_t n = 0; (n = ::send(server.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL)) > 0;) {
    taken += static_cast<std::size_t>(n);
  }
  CHECK(taken < 400'000);
}

TEST_CASE("a server may listen now and accept later, and serve until its task is cancelled") {
  run([]() -> Task<> {
    Server server = co_await start_server(echo, "127.0.0.1", 0, {.start_serving = false});
    CHECK_FALSE(server.is_serving());
    Stream stream = co_await open_connection("127.0.0.1", port_of(server));
    stream.write("early");
    auto serving = create_task(server.serve_forever());
    CHECK(co_await stream.readexactly(5) == "early");
    CHECK(server.is_serving());
    serving.cancel();
    co_await wait_until([&] { return !server.is_serving(); });
    CHECK_FALSE(serving.done());  // its connection lives
    stream.close();
    co_await wait_until([&] { return serving.done(); });
    CHECK(serving.cancelled());
  }());
}

TEST_CASE("a server that the system refuses to watch may start later") {
  struct Refusing final : test::WrappedSelector {
    explicit Refusing(bool& now) : refuses(now) {}
    void register_(IoWatcher& watcher, std::uint8_t events) override {
      if (refuses) throw std::system_error(std::make_error_code(std::errc::no_space_on_device));
      WrappedSelector::register_(watcher, events);
    }
    bool& refuses;
  };
  bool refuses = false;
  const auto serve = [](bool& refused) -> Task<> {
    Server server = co_await start_server(echo, "127.0.0.1", 0, {.start_serving = false});
    refused = true;
    CHECK_THROWS_AS(server.start_serving(), std::system_error);
    CHECK_FALSE(server.is_serving());
    refused = false;
    server.start_serving();
    CHECK(server.is_serving());
    Stream stream = co_await open_connection("127.0.0.1", server.sockets()[0].port());
    stream.write("hello");
    CHECK(co_await wait_for(stream.readexactly(5), 2s) == "hello");
  };
  run(serve(refuses), {.loop_factory = [&refuses] {
        return std::make_unique<Loop>(std::make_unique<Refusing>(refuses));
      }});
}

TEST_CASE("an address in use is told with the address") {
  run([]() -> Task<> {
    Server server = co_await start_server(echo, "127.0.0.1", 0);
    const int port = port_of(server);
    std::string what;
    try {
      Server second = co_await start_server(echo, "127.0.0.1", port);
    } catch (const std::system_error& error) {
      what = error.what();
      CHECK(error.code() == std::errc::address_in_use);
    }
    CHECK(what == "error while attempting to bind on address ('127.0.0.1', " +
                      std::to_string(port) + "): Address already in use");
  }());
}

TEST_CASE("a name that does not resolve is told") {
  run([]() -> Task<> {
    const std::string what = co_await error_of(open_connection("no.such.host.invalid", 80));
    CHECK(what.starts_with("cannot resolve host 'no.such.host.invalid': "));
  }());
}

TEST_CASE("connecting gives up after the timeout, and when it is cancelled") {
  run([]() -> Task<> {
    // A full backlog answers nothing on Linux.
    const SocketAddress any = getaddrinfo_blocking("127.0.0.1", "0").front();
    const Socket full = listen_on(any, {.backlog = 0});
    const int port = SocketAddress::of_local(full.fd()).port();
    const Socket first = plain_client(port);
    bool timed_out = false;
    try {
      Stream stream = co_await open_connection("127.0.0.1", port, {.timeout = 20ms});
    } catch (const TimeoutError&) {
      timed_out = true;
    }
    CHECK(timed_out);
    auto task = create_task(open_connection("127.0.0.1", port));
    co_await sleep(1ms);
    task.cancel();
    co_await sleep(0s);
    co_await sleep(0s);
    CHECK(task.cancelled());
  }());
}

TEST_CASE("a reset reaches the reader as an error, once what came before it is read" *
          doctest::skip(selector_takes_errors())) {
  run([]() -> Task<> {
    std::vector<std::string> seen;
    Server server = co_await start_server(
        [&seen](Stream stream) -> Task<> {
          seen.push_back(co_await stream.readexactly(5));
          try {
            co_await stream.read();
          } catch (const std::system_error& error) {
            seen.push_back(error.what());
          }
        },
        "127.0.0.1", 0);
    {
      const Socket client = plain_client(port_of(server));
      REQUIRE(::send(client.fd(), "hello", 5, MSG_NOSIGNAL) == 5);
      co_await wait_until([&] { return seen.size() == 1; });
      reset_on_close(client.fd());
    }
    co_await wait_until([&] { return seen.size() == 2; });
    CHECK(seen[1] == "Connection lost: Connection reset by peer");
  }());
}

TEST_CASE("writing to a peer that reset the connection does not throw; drain does") {
  run([]() -> Task<> {
    std::error_code reason;
    Server server = co_await start_server(
        [&reason](Stream stream) -> Task<> {
          try {
            for (;;) {
              stream.write("x");
              co_await stream.drain();
              co_await sleep(1ms);
            }
          } catch (const std::system_error& error) {
            reason = error.code();
          }
        },
        "127.0.0.1", 0);
    {
      const Socket client = plain_client(port_of(server));
      reset_on_close(client.fd());
    }
    co_await wait_until([&] { return bool(reason); });
    CHECK((reason == std::errc::connection_reset || reason == std::errc::broken_pipe));
  }());
}

TEST_CASE("a unix server answers, removes its file, and takes a dead server's place") {
  const SocketPath path;
  run([](const std::string& file) -> Task<> {
    {
      const Socket dead = listen_on_path(file, {});
      CHECK(dead);
    }
    Server server = co_await start_unix_server(echo, file);
    CHECK(server.sockets().at(0).text() == file);
    Stream stream = co_await open_unix_connection(file);
    CHECK(stream.peer().host() == file);
    stream.write("hello");
    CHECK(co_await stream.readexactly(5) == "hello");
    bool refused = false;
    try {
      Server second = co_await start_unix_server(echo, file);
    } catch (const std::system_error& error) {
      refused = error.code() == std::errc::address_in_use;
    }
    CHECK(refused);
    server.close();
    CHECK_FALSE(std::filesystem::exists(file));
    CHECK(co_await error_of(open_unix_connection(file)) ==
          "cannot connect to unix socket " + file + ": No such file or directory");
  }(path.text));
}

// 1. The peer sends more than twice our limit, and closes, while nobody reads.
// 2. A unix socket then tells of a hang-up, although unread bytes lie in it.
TEST_CASE("what a unix peer sent before it closed is read, however late") {
  const SocketPath path;
  run([](const std::string& file) -> Task<> {
    Server server = co_await start_unix_server(
        [](Stream stream) -> Task<> {
          stream.write(std::string(150000, 'x'));
          stream.close();
          co_await stream.wait_closed();
        },
        file);
    Stream stream = co_await open_unix_connection(file, {.limit = 100});
    co_await sleep(20ms);
    CHECK((co_await stream.read()).size() == 150000);
  }(path.text));
}

TEST_CASE("while no descriptor is left the server waits a second, and then accepts" *
          doctest::skip(kSanitizerNeedsDescriptors)) {
  static std::string message;
  message.clear();
  const LogSink before = set_log_sink([](LogLevel, std::string_view text) noexcept {
    if (message.empty()) message = text;
  });
  run([]() -> Task<> {
    Server server = co_await start_server(echo, "127.0.0.1", 0);
    const Socket client = plain_client(port_of(server));
    rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    const Socket lowest_free(::dup(client.fd()));
    rlimit none = limit;
    none.rlim_cur = static_cast<rlim_t>(lowest_free.fd() + 1);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    co_await wait_until([&] { return !message.empty(); });
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK(message == "cannot accept connections for a second: Too many open files");
    REQUIRE(::send(client.fd(), "x", 1, MSG_NOSIGNAL) == 1);
    char answer = 0;
    co_await wait_until([&] { return ::recv(client.fd(), &answer, 1, MSG_DONTWAIT) == 1; });
    CHECK(answer == 'x');
  }());
  set_log_sink(before);
}

TEST_CASE("numeric addresses are resolved at once, names in a thread, each address once") {
  run([]() -> Task<> {
    auto numeric = create_task(getaddrinfo("127.0.0.1", "80"), {.eager_start = true});
    REQUIRE(numeric.done());
    REQUIRE(numeric.result().size() == 1);
    CHECK(numeric.result()[0].text() == "127.0.0.1:80");
    CHECK((co_await getaddrinfo("::1", "443", {.type = SOCK_DGRAM})).at(0).text() == "[::1]:443");
    CHECK((co_await getaddrinfo("", "0", {.family = AF_INET, .flags = AI_PASSIVE})).at(0).host() ==
          "0.0.0.0");
    auto name =
        create_task(getaddrinfo("localhost", "80", {.family = AF_INET}), {.eager_start = true});
    CHECK_FALSE(name.done());
    const auto addresses = co_await name;
    REQUIRE(addresses.size() == 1);
    CHECK(addresses[0] == numeric.result()[0]);
  }());
}

TEST_CASE("addresses are values") {
  const SocketAddress four = getaddrinfo_blocking("127.0.0.1", "80").front();
  CHECK(four.with_port(81).text() == "127.0.0.1:81");
  CHECK(four.with_port(81) != four);
  CHECK(four.with_port(80) == four);
  CHECK_FALSE(SocketAddress());
  CHECK(SocketAddress() == SocketAddress());
  CHECK(SocketAddress::of_path("/run/a.sock").text() == "/run/a.sock");
  CHECK(SocketAddress::of_path(std::string_view("\0a", 2)).text() == "@a");
  CHECK(SocketAddress::of_path(std::string_view("\0a", 2)).host() == "");
  CHECK_THROWS_AS(SocketAddress::of_path(std::string(200, 'a')), std::system_error);
}

TEST_CASE("what is no host and no port is refused, and not cut to what is one") {
  const auto refusal = [](std::string host, std::string service) -> std::string {
    try {
      getaddrinfo_blocking(host, service);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  CHECK(refusal("127.0.0.1", "65535") == "");
  CHECK(refusal("127.0.0.1", "65536") == "port must be 0-65535, not 65536");
  CHECK(refusal("127.0.0.1", "-1") == "port must be 0-65535, not -1");
  CHECK(refusal("127.0.0.1", "99999999999999999999").starts_with("port must be"));
  CHECK(refusal(std::string("127.0.0.1\0.example.com", 21), "80") ==
        "embedded null character in a host or service");
  CHECK(refusal("127.0.0.1", std::string("80\0", 3)) ==
        "embedded null character in a host or service");
  run([]() -> Task<> {
    Server server = co_await start_server(until_end, "127.0.0.1", 0);
    const int port = server.sockets().front().port();
    bool refused = false;
    try {
      co_await open_connection("127.0.0.1", port + 65536);
    } catch (const std::invalid_argument&) {
      refused = true;
    }
    CHECK(refused);
  }());
}
