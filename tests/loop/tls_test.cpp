// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <unistd.h>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/memory_pipe.hpp>
#include <capricorn/loop/tls_transport.hpp>

#include <certificates.hpp>
#include <scenario.hpp>
#include <string>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;
using namespace std::chrono_literals;

namespace {

SSLContext server_context(const Certificates& certificates, const std::string& name = "server") {
  SSLContext context = create_default_context(Purpose::CLIENT_AUTH);
  context.load_cert_chain(certificates.path(name + ".pem"), certificates.path(name + ".key"));
  return context;
}

SSLContext client_context(const Certificates& certificates) {
  return create_default_context(Purpose::SERVER_AUTH, {.cafile = certificates.path("ca.pem")});
}

Task<> shake_hands(Stream& client, Stream& server, SSLContext client_context,
                   SSLContext server_context, std::string name = "localhost") {
  co_await gather(client.start_tls(std::move(client_context), {.server_hostname = name}),
                  server.start_tls(std::move(server_context)));
}

/// What a task throws, in words.
Task<std::string> error_of(Task<> task) {
  try {
    co_await std::move(task);
  } catch (const SSLCertVerificationError& error) {
    co_return std::string("SSLCertVerificationError: ") + error.what();
  } catch (const SSLError& error) {
    co_return std::string("SSLError: ") + error.what();
  } catch (const std::exception& error) {
    co_return error.what();
  }
  co_return "none";
}

/// What both sides of a handshake in memory say of it.
Task<std::pair<std::string, std::string>> errors_of(SSLContext client, SSLContext server,
                                                    std::string name) {
  auto [a, b] = memory_pipe();
  auto of_client = create_task(error_of(a.start_tls(std::move(client), {.server_hostname = name})));
  auto of_server = create_task(error_of(b.start_tls(std::move(server))));
  std::string first = co_await of_client;
  co_return {std::move(first), co_await of_server};
}

}  // namespace

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

TEST_CASE("whom the client does not trust it refuses, in Python's words") {
  run([]() -> Task<> {
    Certificates certificates;
    certificates.self_signed("self", "localhost", "DNS:localhost");
    const SSLContext client = client_context(certificates);
    const std::string prefix =
        "SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: ";

    auto [unknown, told] =
        co_await errors_of(client, server_context(certificates, "self"), "localhost");
    CHECK(unknown == prefix + "self-signed certificate");
    CHECK(told == "SSLError: [SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca");

    auto [mismatch, ignored] =
        co_await errors_of(client, server_context(certificates), "example.com");
    CHECK(mismatch == prefix + "Hostname mismatch, certificate is not valid for 'example.com'.");
    auto [address, ignored2] =
        co_await errors_of(client, server_context(certificates), "192.0.2.1");
    CHECK(address == prefix + "IP address mismatch, certificate is not valid for '192.0.2.1'.");
    CHECK((co_await errors_of(client, server_context(certificates), "127.0.0.1")).first == "none");
    CHECK((co_await errors_of(client, server_context(certificates), "a.wild.test")).first ==
          "none");
    CHECK((co_await errors_of(client, server_context(certificates), "a.b.wild.test")).first !=
          "none");
  }());
}

TEST_CASE("a client that checks nothing takes what it gets") {
  run([]() -> Task<> {
    Certificates certificates;
    certificates.self_signed("self", "localhost", "DNS:localhost");
    SSLContext client(PROTOCOL_TLS_CLIENT);
    CHECK_THROWS_WITH_AS(client.set_verify_mode(CERT_NONE),
                         "Cannot set verify_mode to CERT_NONE when check_hostname is enabled.",
                         std::invalid_argument);
    client.set_check_hostname(false);
    client.set_verify_mode(CERT_NONE);
    auto [a, b] = memory_pipe();
    co_await shake_hands(a, b, client, server_context(certificates, "self"), "");
    CHECK(a.ssl_object()->verify_error() == "self-signed certificate");
    CHECK(b.ssl_object()->server_hostname() == "");
  }());
}

TEST_CASE("a server that asks for the client's certificate gets it, or refuses") {
  run([]() -> Task<> {
    Certificates certificates;
    certificates.leaf("client", "Ann", "email:ann@example.com");
    SSLContext server = server_context(certificates);
    server.load_verify_locations({.cafile = certificates.path("ca.pem")});
    server.set_verify_mode(CERT_REQUIRED);
    CHECK((co_await errors_of(client_context(certificates), server, "localhost")).second ==
          "SSLError: [SSL: PEER_DID_NOT_RETURN_A_CERTIFICATE] peer did not return a certificate");

    SSLContext client = client_context(certificates);
    client.load_cert_chain(certificates.path("client.pem"), certificates.path("client.key"));
    auto [a, b] = memory_pipe();
    co_await shake_hands(a, b, client, server);
    CHECK(b.ssl_object()->getpeercert().subject == "CN=Ann,O=Capricorn");
    CHECK(b.ssl_object()->peer_chain().size() == 1);
    CHECK(b.ssl_object()->verify_error() == "");
  }());
}

TEST_CASE("ALPN: the server's preference; a mismatch is none, or an alert") {
  run([]() -> Task<> {
    const Certificates certificates;
    SSLContext client = client_context(certificates);
    SSLContext server = server_context(certificates);
    client.set_alpn_protocols({"http/1.1", "h2"});
    server.set_alpn_protocols({"h2", "http/1.1"});
    auto [a, b] = memory_pipe();
    co_await shake_hands(a, b, client, server);
    CHECK(a.ssl_object()->selected_alpn_protocol() == "h2");
    CHECK(b.ssl_object()->selected_alpn_protocol() == "h2");

    server.set_alpn_protocols({"acme"});
    auto [c, d] = memory_pipe();
    co_await shake_hands(c, d, client, server);
    CHECK(c.ssl_object()->selected_alpn_protocol() == "");
    server.refuse_alpn_mismatch();
    CHECK((co_await errors_of(client, server, "localhost")).first ==
          "SSLError: [SSL: TLSV1_ALERT_NO_APPLICATION_PROTOCOL] "
          "tlsv1 alert no application protocol");
    CHECK_THROWS_AS(server.set_alpn_protocols({""}), std::invalid_argument);
  }());
}

TEST_CASE("the certificate is that of the name asked for") {
  run([]() -> Task<> {
    Certificates certificates;
    certificates.leaf("one", "one", "DNS:one.test");
    certificates.leaf("any", "any", "DNS:*.any.test");
    SSLContext server = server_context(certificates);
    server.add_server_name("One.Test", server_context(certificates, "one"));
    server.add_server_name("*.any.test", server_context(certificates, "any"));
    const auto subject = [&](std::string name) -> Task<std::string> {
      SSLContext client = client_context(certificates);
      auto [a, b] = memory_pipe();
      co_await shake_hands(a, b, client, server, name);
      co_return a.ssl_object()->getpeercert().subject;
    };
    CHECK(co_await subject("ONE.test") == "CN=one,O=Capricorn");
    CHECK(co_await subject("x.any.test") == "CN=any,O=Capricorn");
    CHECK(co_await subject("localhost") == "CN=localhost,O=Capricorn");
    CHECK_THROWS_AS(server.add_server_name("a.*.test", server), std::invalid_argument);
    CHECK_THROWS_AS(server.add_server_name("", server), std::invalid_argument);
  }());
}

TEST_CASE("versions: a minimum that the other side has not is refused") {
  run([]() -> Task<> {
    const Certificates certificates;
    SSLContext client = client_context(certificates);
    SSLContext server = server_context(certificates);
    CHECK(server.minimum_version() == TLSVersion::TLSv1_2);
    client.set_maximum_version(TLSVersion::TLSv1_2);
    auto [a, b] = memory_pipe();
    co_await shake_hands(a, b, client, server);
    CHECK(a.ssl_object()->version() == "TLSv1.2");
    CHECK(a.ssl_object()->cipher().name == "ECDHE-ECDSA-AES128-GCM-SHA256");
    a.write("x");
    CHECK(co_await b.readexactly(1) == "x");
    server.set_minimum_version(TLSVersion::TLSv1_3);
    CHECK((co_await errors_of(client, server, "localhost")).first ==
          "SSLError: [SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version");
  }());
}

TEST_CASE("garbage and plain HTTP are refused at once") {
  run([]() -> Task<> {
    const Certificates certificates;
    for (const std::string& bytes : {std::string("GET / HTTP/1.1\r\n\r\n"),
                                     std::string(300, '\xff'), std::string(300, '\0')}) {
      auto [client, server] = memory_pipe();
      auto handshake = create_task(error_of(server.start_tls(server_context(certificates))));
      client.write(bytes);
      const std::string error = co_await handshake;
      CHECK(error.starts_with("SSLError: [SSL: "));
      CHECK(server.is_closing());
    }
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
  }());
}

TEST_CASE("what a context is given is told apart from what is wrong with it") {
  const Certificates certificates;
  SSLContext context(PROTOCOL_TLS_SERVER);
  const std::string server = certificates.path("server.pem");
  CHECK_THROWS_WITH_AS(context.load_cert_chain(certificates.path("none.pem")),
                       (certificates.path("none.pem") + ": No such file or directory").c_str(),
                       std::system_error);
  CHECK_THROWS_WITH_AS(context.load_cert_chain(server, certificates.path("ca.key")),
                       "[X509: KEY_VALUES_MISMATCH] key values mismatch", SSLError);
  certificates.folder().write("garbage.pem", "garbage");
  CHECK_THROWS_WITH_AS(context.load_cert_chain(certificates.path("garbage.pem")),
                       "[PEM: NO_START_LINE] no start line", SSLError);
  CHECK_THROWS_WITH_AS(context.set_ciphers("nonsense"), "No cipher can be selected.", SSLError);
  CHECK_THROWS_AS(context.load_verify_locations({}), std::invalid_argument);
  CHECK_NOTHROW(context.load_cert_chain(server, certificates.path("server.key")));
}

namespace {

/// A transport that keeps what is written, for a peer that is played by hand.
class Wire final : public Transport {
 public:
  Buffer& output() override { return out; }
  void written() override {}
  void write(std::string_view bytes) override { out.append(bytes); }
  Task<bool> send_file(int, std::uint64_t, std::uint64_t) override { co_return false; }
  std::size_t write_buffer_size() const override { return out.size(); }
  void pause_reading() override { paused = true; }
  void resume_reading() override { paused = false; }
  void close() override { closed = true; }
  void abort() override { closed = true; }
  bool is_closing() const override { return closed; }
  std::string take() {
    std::string bytes(out.view());
    out.clear();
    return bytes;
  }
  Buffer out;
  bool paused = false;
  bool closed = false;
};

/// Keeps what it is told, and pauses reading after each piece where it is asked to.
class Listening final : public Protocol, public HandshakeWatcher {
 public:
  void data_received(std::string_view data) override {
    received += data;
    if (transport && pauses) transport->pause_reading();
  }
  void eof_received() override { ++ends; }
  void connection_lost(std::error_code) override {}
  void pause_writing() override {}
  void resume_writing() override {}
  void handshake_ended() override { ++handshakes; }
  std::string received;
  int ends = 0;
  int handshakes = 0;
  Transport* transport = nullptr;
  bool pauses = false;
};

struct End {
  End(Loop& loop, const SSLContext& context, bool server, Buffer* shared = nullptr)
      : tls(loop, wire,
            std::make_unique<TlsEngine>(context.state(), server, server ? "" : "localhost"),
            {.shared_output = shared, .open_after_eof = true}) {
    listening.transport = &tls;
    tls.start(listening, listening);
  }
  Wire wire;
  Listening listening;
  TlsTransport tls;
};

/// Carries bytes between two ends in pieces of these sizes, in turn, until nothing moves.
Task<> carry(End& a, End& b, const std::vector<std::size_t>& sizes) {
  std::string to[2];
  std::size_t turn = 0;
  for (int quiet = 0; quiet < 3;) {
    to[0] += b.wire.take();
    to[1] += a.wire.take();
    bool moved = false;
    End* ends[2] = {&a, &b};
    for (int i = 0; i < 2; ++i) {
      if (ends[i]->wire.paused) {
        ends[i]->tls.resume_reading();
        moved = true;
      }
      if (to[i].empty()) continue;
      const std::string piece = to[i].substr(0, sizes[turn++ % sizes.size()]);
      to[i].erase(0, piece.size());
      ends[i]->tls.data_received(piece);
      moved = true;
    }
    quiet = moved ? 0 : quiet + 1;
    co_await sleep(0s);
  }
}

}  // namespace

TEST_CASE("the bytes may come in any pieces, to a reader that pauses after each") {
  const Certificates certificates;
  for (const TLSVersion version : {TLSVersion::TLSv1_2, TLSVersion::TLSv1_3}) {
    for (const bool pauses : {false, true}) {
      for (const std::vector<std::size_t>& sizes : std::vector<std::vector<std::size_t>>{
               {1}, {2}, {3, 5, 7}, {4, 1}, {5}, {6, 200}, {1000, 1}, {16384}, {100000}}) {
        run([](const Certificates& made, TLSVersion most, bool pausing,
               std::vector<std::size_t> pieces) -> Task<> {
          SSLContext client_side = client_context(made);
          client_side.set_maximum_version(most);
          Buffer shared;
          End server(get_running_loop(), server_context(made), true, &shared);
          End client(get_running_loop(), client_side, false);
          server.listening.pauses = client.listening.pauses = pausing;
          client.tls.write("early");
          co_await carry(client, server, pieces);
          REQUIRE(client.listening.handshakes == 1);
          REQUIRE(server.listening.handshakes == 1);
          REQUIRE(!server.tls.failure());
          const std::string large(20'000, 'l');
          for (int i = 0; i < 3; ++i) client.tls.write("small");
          client.tls.write(large);
          server.tls.write("answer");
          client.tls.close();
          co_await carry(client, server, pieces);
          const bool whole = server.listening.received == "earlysmallsmallsmall" + large;
          CHECK(whole);
          CHECK(client.listening.received == "");
          CHECK(server.listening.ends == 1);
          CHECK(shared.empty());
        }(certificates, version, pauses, sizes));
      }
    }
  }
}

namespace {

/// A client of OpenSSL alone, which does what ours never would.
class RawClient {
 public:
  RawClient() : context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_)) {
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_);
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }

  SSL* ssl() const { return ssl_; }
  /// What it has to say by now.
  std::string take() const {
    std::string bytes(1 << 20, '\0');
    const int size = BIO_read(SSL_get_wbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
    bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return bytes;
  }
  void give(const std::string& bytes) const {
    BIO_write(SSL_get_rbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
  }

 private:
  SSL_CTX* context_;
  SSL* ssl_;
};

}  // namespace

TEST_CASE("who has us answer without end, and reads none of it, is cut off") {
  run([]() -> Task<> {
    const Certificates certificates;
    End server(get_running_loop(), server_context(certificates), true);
    const RawClient client;
    while (SSL_do_handshake(client.ssl()) != 1) {
      server.tls.data_received(client.take());
      client.give(server.wire.take());
    }
    server.tls.data_received(client.take());
    REQUIRE(server.listening.handshakes == 1);
    server.tls.pause_writing();  // the peer takes nothing any more
    int updates = 0;
    for (; !server.wire.closed && updates < 10'000; ++updates) {
      REQUIRE(SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED) == 1);
      REQUIRE(SSL_do_handshake(client.ssl()) == 1);
      server.tls.data_received(client.take());
    }
    CHECK(updates > 1000);
    CHECK(updates < 10'000);
    co_return;
  }());
}

TEST_CASE("a file goes through TLS, also to a reader that is slower") {
  run([]() -> Task<> {
    const Certificates certificates;
    std::string bytes;
    while (bytes.size() < 2'500'000) bytes += std::to_string(bytes.size()) + " ";
    certificates.folder().write("file", bytes);
    const int fd = ::open(certificates.path("file").c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(fd >= 0);
    auto [client, server] = memory_pipe({.limit = 5000});
    co_await shake_hands(client, server, client_context(certificates),
                         server_context(certificates));
    auto sending = create_task(server.transport().send_file(fd, 1000, bytes.size() - 1000));
    const std::string received = co_await client.readexactly(bytes.size() - 1000);
    const bool whole = received == bytes.substr(1000);
    CHECK(whole);
    CHECK(co_await sending);
    CHECK(!co_await server.transport().send_file(fd, bytes.size() - 5, 10));
    ::close(fd);
  }());
}
