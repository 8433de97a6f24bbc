// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/open_connection.hpp>
#include <capricorn/loop/stream_server.hpp>
#include <capricorn/loop/timeout.hpp>

#include <certificates.hpp>
#include <scenario.hpp>
#include <string>

using namespace capricorn;
using namespace capricorn::test;
using namespace std::chrono_literals;

namespace {

SSLContext server_context(const Certificates& certificates) {
  SSLContext context = create_default_context(Purpose::CLIENT_AUTH);
  context.load_cert_chain(certificates.path("server.pem"), certificates.path("server.key"));
  return context;
}

SSLContext client_context(const Certificates& certificates) {
  return create_default_context(Purpose::SERVER_AUTH, {.cafile = certificates.path("ca.pem")});
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

Task<std::string> error_of(Task<Stream> opening) {
  try {
    co_await std::move(opening);
  } catch (const std::exception& error) {
    co_return error.what();
  }
  co_return "none";
}

}  // namespace

TEST_CASE("open_connection and start_server over TLS, and what is left is closed") {
  run([]() -> Task<> {
    const Certificates certificates;
    Server server =
        co_await start_server(echo, "127.0.0.1", 0, {.ssl = server_context(certificates)});
    const int port = server.sockets()[0].port();
    const std::string sent(1'000'000, 'x');
    for (int i = 0; i < 3; ++i) {
      Stream stream =
          co_await open_connection("127.0.0.1", port, {.ssl = client_context(certificates)});
      auto writing = create_task([](Stream& out, std::string bytes) -> Task<> {
        out.write(bytes);
        co_await out.drain();
      }(stream, sent));
      CHECK(co_await stream.readexactly(sent.size()) == sent);
      co_await writing;
      stream.close();
      co_await stream.wait_closed();
    }
    server.close();
    co_await server.wait_closed();
  }());
}

TEST_CASE("a wrong name is told to who connects, and to nobody else") {
  run([]() -> Task<> {
    const Certificates certificates;
    Loop& loop = get_running_loop();
    Reports reports(loop);
    Server server =
        co_await start_server(echo, "127.0.0.1", 0, {.ssl = server_context(certificates)});
    const int port = server.sockets()[0].port();
    const SSLContext context = client_context(certificates);
    CHECK(co_await error_of(open_connection("127.0.0.1", port,
                                            {.ssl = context, .server_hostname = "example.com"})) ==
          "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, "
          "certificate is not valid for 'example.com'.");
    Stream plain = co_await open_connection("127.0.0.1", port);
    plain.write("GET / HTTP/1.1\r\n\r\n");
    static_cast<void>(co_await plain.read());
    server.close();
    co_await server.wait_closed();
    CHECK(reports.messages.empty());
  }());
}

TEST_CASE("options that do not go together are refused before anything is connected") {
  run([]() -> Task<> {
    const Certificates certificates;
    const SSLContext server = server_context(certificates);
    const SSLContext client = client_context(certificates);
    CHECK(co_await error_of(open_connection("127.0.0.1", 1, {.server_hostname = "x"})) ==
          "server_hostname is only meaningful with ssl");
    CHECK(co_await error_of(open_connection("127.0.0.1", 1, {.ssl_shutdown_timeout = 1s})) ==
          "ssl_shutdown_timeout is only meaningful with ssl");
    CHECK(co_await error_of(open_unix_connection("/nowhere", {.ssl = client})) ==
          "you have to pass server_hostname when using ssl");
    CHECK(co_await error_of(open_connection("127.0.0.1", 1, {.ssl = server})) ==
          "Cannot create a client socket with a PROTOCOL_TLS_SERVER context");
    try {
      co_await start_server(echo, "127.0.0.1", 0, {.ssl = client});
      FAIL("it listens");
    } catch (const std::invalid_argument& error) {
      CHECK(error.what() ==
            std::string("Cannot create a server socket with a PROTOCOL_TLS_CLIENT context"));
    }
  }());
}

TEST_CASE("who connects to a TLS server and says nothing is dropped in time") {
  run([]() -> Task<> {
    const Certificates certificates;
    Server server = co_await start_server(
        echo, "127.0.0.1", 0, {.ssl = server_context(certificates), .ssl_handshake_timeout = 50ms});
    Stream silent = co_await open_connection("127.0.0.1", server.sockets()[0].port());
    CHECK(co_await timeout(5s, silent.read()) == "");
  }());
}
