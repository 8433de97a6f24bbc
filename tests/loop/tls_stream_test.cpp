// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <scenario.hpp>
#include <string>

#include "tls_peers.hpp"

using namespace capricorn;
using namespace capricorn::test;
using namespace std::chrono_literals;

TEST_CASE("a stream becomes TLS, both ways, and tells what was agreed on") {
  run([]() -> Task<> {
    const Certificates certificates;
    auto [client, server] = memory_pipe();
    CHECK(client.ssl_object() == nullptr);
    co_await shake_hands(client, server, client_context(certificates),
                         server_context(certificates));
    client.write("hello ");
    client.write("world\n");
    CHECK(co_await server.readline() == "hello world\n");
    server.write("back");
    CHECK(co_await client.readexactly(4) == "back");

    const auto object = client.ssl_object();
    REQUIRE(object != nullptr);
    CHECK(object->version() == "TLSv1.3");
    CHECK(object->version_number() == 0x0304);
    CHECK(object->cipher().name == "TLS_AES_128_GCM_SHA256");
    CHECK(object->cipher().secret_bits == 128);
    CHECK(object->cipher_number() == 0x1301);
    CHECK(object->selected_alpn_protocol() == "");
    CHECK(!object->session_reused());
    CHECK(object->has_peer_certificate());
    const SSLCertificate certificate = object->getpeercert();
    CHECK(certificate.subject == "CN=localhost,O=Capricorn");
    CHECK(certificate.issuer == "CN=Test CA,O=Capricorn");
    CHECK(certificate.not_before < certificate.not_after);
    using Names = std::vector<std::pair<std::string, std::string>>;
    CHECK(certificate.subject_alt_name ==
          Names{{"DNS", "localhost"}, {"DNS", "*.wild.test"}, {"IP Address", "127.0.0.1"}});
    CHECK(object->getpeercert_binary().size() > 200);
    CHECK(object->peer_chain().size() == 1);
    CHECK(server.ssl_object()->server_hostname() == "localhost");
    CHECK(!server.ssl_object()->has_peer_certificate());
    CHECK(server.ssl_object()->own_certificate() == object->peer_chain()[0]);
  }());
}

TEST_CASE("megabytes go through, with a reader that stops now and then") {
  run([]() -> Task<> {
    const Certificates certificates;
    auto [client, server] = memory_pipe({.limit = 1000});
    co_await shake_hands(client, server, client_context(certificates),
                         server_context(certificates));
    std::string sent;
    for (int i = 0; sent.size() < 3'000'000; ++i) sent += std::to_string(i) + ",";
    auto writing = create_task([](Stream& stream, const std::string& bytes) -> Task<> {
      for (std::size_t at = 0; at < bytes.size(); at += 50'000) {
        stream.write(std::string_view(bytes).substr(at, 50'000));
        co_await stream.drain();
      }
      stream.close();
    }(client, sent));
    std::string received;
    for (int i = 0; !server.at_eof(); ++i) {
      received += co_await server.read(1 + i % 5000);
      if (i % 7 == 0) co_await passes(3);
    }
    co_await writing;
    const bool whole = received == sent;
    CHECK(whole);
  }());
}

TEST_CASE("close tells the peer, waits for its answer, and both are over without an error") {
  run_virtually([]() -> Task<> {
    const Certificates certificates;
    auto [client, server] = memory_pipe();
    co_await shake_hands(client, server, client_context(certificates),
                         server_context(certificates));
    client.write("last words");
    client.close();
    CHECK(client.is_closing());
    client.write("dropped");
    CHECK(co_await server.read() == "last words");
    co_await client.wait_closed();
    co_await server.wait_closed();
  }());
}

TEST_CASE("a peer that never says that it has ended is waited for so long and no longer") {
  run_virtually([]() -> Task<> {
    const Certificates certificates;
    auto [client, server] = memory_pipe();
    auto of_server = create_task(server.start_tls(server_context(certificates)));
    co_await client.start_tls(client_context(certificates),
                              {.server_hostname = "localhost", .ssl_shutdown_timeout = 7s});
    co_await of_server;
    server.transport().pause_reading();
    const TimePoint before = get_running_loop().time();
    client.close();
    CHECK(co_await error_of(client.wait_closed()) == "Connection lost: Connection timed out");
    CHECK(get_running_loop().time() - before == 7s);
  }());
}

TEST_CASE("a slow peer gets all that was written before the end, however long it takes") {
  run_virtually([]() -> Task<> {
    const Certificates certificates;
    auto [client, server] = memory_pipe({.limit = 10'000});
    co_await shake_hands(client, server, client_context(certificates),
                         server_context(certificates));
    const std::string bytes(2'000'000, 'x');
    client.write(bytes);
    client.close();
    std::size_t received = 0;
    while (!server.at_eof()) {
      co_await sleep(2s);
      received += (co_await server.read(50'000)).size();
    }
    CHECK(received == bytes.size());
    CHECK(co_await error_of(client.wait_closed()) == "none");
  }());
}

TEST_CASE("who does not speak is given up after the handshake's time") {
  run_virtually([]() -> Task<> {
    const Certificates certificates;
    auto [client, server] = memory_pipe();
    const TimePoint before = get_running_loop().time();
    CHECK(co_await error_of(server.start_tls(server_context(certificates))) ==
          "SSL handshake is taking longer than 60 seconds: aborting the connection: "
          "Software caused connection abort");
    CHECK(get_running_loop().time() - before == 60s);
    CHECK(server.is_closing());
  }());
}

TEST_CASE("a peer that leaves during the handshake is a reset connection") {
  run([]() -> Task<> {
    const Certificates certificates;
    auto [client, server] = memory_pipe();
    client.write_eof();
    try {
      co_await server.start_tls(server_context(certificates));
      FAIL("it was accepted");
    } catch (const std::system_error& error) {
      CHECK(error.code() == std::errc::connection_reset);
    }
  }());
}

TEST_CASE("a cancelled handshake ends the connection") {
  run([]() -> Task<> {
    const Certificates certificates;
    auto [client, server] = memory_pipe();
    auto task = create_task(server.start_tls(server_context(certificates)));
    co_await passes(3);
    task.cancel();
    CHECK(co_await outcome(std::move(task)) == "CancelledError()");
    CHECK(server.is_closing());
    CHECK(co_await outcome(client.read()) == "Connection lost: Connection reset by peer");
  }());
}

TEST_CASE("bytes that came before start_tls belong to TLS") {
  run([]() -> Task<> {
    const Certificates certificates;
    auto [client, server] = memory_pipe();
    auto of_client = create_task(
        client.start_tls(client_context(certificates), {.server_hostname = "localhost"}));
    co_await passes(5);  // the client's first flight lies with the server, unread
    co_await server.start_tls(server_context(certificates));
    co_await of_client;
    client.write("x");
    CHECK(co_await server.readexactly(1) == "x");
  }());
}

TEST_CASE("TLS within TLS") {
  run([]() -> Task<> {
    const Certificates certificates;
    auto [client, server] = memory_pipe();
    for (int depth = 0; depth < 3; ++depth) {
      co_await shake_hands(client, server, client_context(certificates),
                           server_context(certificates));
    }
    const std::string sent(100'000, 'x');
    client.write(sent);
    CHECK(co_await server.readexactly(sent.size()) == sent);
    server.close();
    CHECK(co_await client.read() == "");
    co_await server.wait_closed();
  }());
}

TEST_CASE("a forged record ends the connection with an SSLError") {
  run([]() -> Task<> {
    const Certificates certificates;
    auto [client, server] = memory_pipe();
    co_await shake_hands(client, server, client_context(certificates),
                         server_context(certificates));
    auto reading = create_task(error_of([](Stream& stream) -> Task<> {
      co_await stream.read(1);
      FAIL("it was read");
    }(server)));
    auto& tls = dynamic_cast<TlsTransport&>(server.transport());
    tls.take_input("\x17\x03\x03\x00\x20" + std::string(32, 'x'));
    CHECK((co_await reading).starts_with("SSLError: [SSL: "));
  }());
}

TEST_CASE("the end of the connection without TLS's own is the end of the stream") {
  run([]() -> Task<> {
    const Certificates certificates;
    auto [client, server] = memory_pipe();
    co_await shake_hands(client, server, client_context(certificates),
                         server_context(certificates));
    client.write("all");
    CHECK(co_await server.readexactly(3) == "all");
    auto& tls = dynamic_cast<TlsTransport&>(server.transport());
    tls.eof_received();
    CHECK(co_await server.read() == "");
    CHECK(server.at_eof());
    co_await server.wait_closed();
  }());
}

TEST_CASE("one way cannot be ended alone") {
  run([]() -> Task<> {
    const Certificates certificates;
    auto [client, server] = memory_pipe();
    co_await shake_hands(client, server, client_context(certificates),
                         server_context(certificates));
    CHECK(!client.can_write_eof());
    CHECK_THROWS_AS(client.write_eof(), RuntimeError);
    CHECK_NOTHROW(client.write("and on"));
  }());
}

// 1. A library of the application's own failed at TLS on the loop's thread.
// 2. Its error stayed in OpenSSL's queue, which is the thread's.
// 3. The next connection that ended, ended with that error.
TEST_CASE("the end of a connection is its own, whatever error somebody else has left") {
  run([]() -> Task<> {
    const Certificates certificates;
    auto [client, server] = memory_pipe();
    co_await shake_hands(client, server, client_context(certificates),
                         server_context(certificates));
    ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);
    server.write("all");
    server.close();
    CHECK(co_await client.read() == "all");
    CHECK(co_await error_of(client.wait_closed()) == "none");
    CHECK(ERR_GET_REASON(ERR_peek_error()) == SSL_R_BAD_LENGTH);
    ERR_clear_error();
  }());
}
