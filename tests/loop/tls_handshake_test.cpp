// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <scenario.hpp>
#include <string>
#include <vector>

#include "tls_peers.hpp"

using namespace capricorn;
using namespace capricorn::test;
using namespace std::chrono_literals;

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

TEST_CASE("a name that cannot be checked is refused, and not left unchecked") {
  run([]() -> Task<> {
    const Certificates certificates;
    const auto said_to = [&certificates](std::string name) -> Task<std::string> {
      auto [client, server] = memory_pipe();
      auto of_server = create_task(server.start_tls(server_context(certificates)));
      co_return co_await error_of(
          client.start_tls(client_context(certificates), {.server_hostname = std::move(name)}));
    };
    CHECK(co_await said_to(std::string("other.test\0", 11)) ==
          "server_hostname cannot have a null character in it");
    CHECK(co_await said_to(std::string("other.test\0.localhost", 21)) ==
          "server_hostname cannot have a null character in it");
    CHECK(co_await said_to(".test") == "server_hostname cannot start with a leading dot");
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

TEST_CASE("what a context is given is told apart from what is wrong with it") {
  Certificates certificates;
  SSLContext context(PROTOCOL_TLS_SERVER);
  const std::string server = certificates.path("server.pem");
  CHECK_THROWS_WITH_AS(context.load_cert_chain(certificates.path("none.pem")),
                       (certificates.path("none.pem") + ": No such file or directory").c_str(),
                       std::system_error);
  CHECK_THROWS_WITH_AS(context.load_cert_chain(server, certificates.path("ca.key")),
                       "[X509: KEY_VALUES_MISMATCH] key values mismatch", SSLError);
  certificates.ed25519_key("other.key");
  CHECK_THROWS_WITH_AS(context.load_cert_chain(server, certificates.path("other.key")),
                       "[X509: KEY_TYPE_MISMATCH] key type mismatch", SSLError);
  certificates.folder().write("garbage.pem", "garbage");
  CHECK_THROWS_WITH_AS(context.load_cert_chain(certificates.path("garbage.pem")),
                       "[PEM: NO_START_LINE] no start line", SSLError);
  CHECK_THROWS_WITH_AS(context.load_cert_chain(server),
                       ("there is no private key in '" + server + "'").c_str(), SSLKeyError);
  certificates.leaf("locked", "localhost", "DNS:localhost");
  certificates.encrypt_key("locked", "secret");
  const std::string locked = certificates.path("locked.pem");
  const std::string key = certificates.path("locked.key");
  CHECK_THROWS_WITH_AS(context.load_cert_chain(locked, key),
                       ("the key in '" + key + "' needs a password").c_str(), SSLKeyError);
  CHECK_THROWS_AS(context.load_cert_chain(locked, key, "wrong"), SSLError);
  CHECK_NOTHROW(context.load_cert_chain(locked, key, "secret"));
  CHECK_THROWS_WITH_AS(context.set_ciphers("nonsense"), "No cipher can be selected.", SSLError);
  CHECK_THROWS_AS(context.load_verify_locations({}), std::invalid_argument);
  CHECK_NOTHROW(context.load_cert_chain(server, certificates.path("server.key")));
}
