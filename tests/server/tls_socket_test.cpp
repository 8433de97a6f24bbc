// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/open_connection.hpp>
#include <capricorn/loop/timeout.hpp>
#include <capricorn/server/server.hpp>
#include <capricorn/server/tls.hpp>

#include <certificates.hpp>
#include <fstream>
#include <optional>
#include <scenario.hpp>
#include <stdexcept>
#include <string>
#include <system_error>

using namespace capricorn;
using namespace capricorn::test;
using namespace std::chrono_literals;

namespace {

/// Answers with what it knows of the connection; "/file" with a file, "/half" with half an answer.
struct TellsTls final : Application {
  int fd = -1;
  std::uint64_t size = 0;

  Task<> operator()(Scope& scope, Receive&, Send& send) override {
    const Headers none;
    if (scope.path == "/file") {
      co_await send(ResponseStart{200, Headers{{"content-length", std::to_string(size)}}});
      co_await send(FileRange{fd, 0, size, false});
      co_return;
    }
    if (scope.path == "/half") {
      co_await sleep(0s);
      co_await send(ResponseStart{200, none});
      co_await send(ResponseBody{"half", true});
      co_await sleep(1ms);
      throw std::runtime_error("the other half is not there");
    }
    const TlsExtension& tls = scope.tls;
    std::string text = std::string(scope.scheme) + " " + std::to_string(tls.tls_version()) + " " +
                       std::to_string(tls.cipher_suite()) + " " + tls.server_name() + " " +
                       tls.client_cert_name().value_or("nobody") + " " +
                       std::to_string(tls.client_cert_chain().size()) + " " +
                       tls.client_cert_error().value_or("fine") + " " +
                       (tls.server_cert().starts_with("-----BEGIN CERTIFICATE-----") ? "PEM" : "?");
    co_await send(WholeResponse{200, none, text});
  }
};

Config config_of(const Certificates& certificates) {
  Config config{.port = 0, .lifespan = "off", .access_log = false};
  config.ssl_certfile = certificates.path("server.pem");
  config.ssl_keyfile = certificates.path("server.key");
  return config;
}

SSLContext client_of(const Certificates& certificates) {
  SSLContext context =
      create_default_context(Purpose::SERVER_AUTH, {.cafile = certificates.path("ca.pem")});
  context.set_alpn_protocols({"http/1.1"});
  return context;
}

Task<Stream> connect(HttpServer& server, SSLContext context) {
  co_return co_await open_connection("127.0.0.1", server.port(),
                                     {.ssl = context, .server_hostname = "localhost"});
}

Task<std::string> body_of(Stream& stream, std::string path) {
  stream.write("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const std::string head = co_await stream.readuntil("\r\n\r\n");
  const std::size_t at = head.find("content-length: ");
  REQUIRE(at != head.npos);
  co_return co_await stream.readexactly(std::stoul(head.substr(at + 16)));
}

/// Serves while `client` runs.
Task<> serve(HttpServer& server, Task<> client) {
  auto serving = create_task(server.serve());
  while (server.port() == 0) co_await sleep(0s);
  co_await std::move(client);
  server.stop();
  CHECK(co_await serving == 0);
}

}  // namespace

TEST_CASE("the application is told of TLS, in ASGI's words") {
  Certificates certificates;
  certificates.leaf("client", "Ann", "email:ann@example.com");
  Config config = config_of(certificates);
  config.ssl_ca_certs = certificates.path("ca.pem");
  config.ssl_cert_reqs = "optional";
  run([](const Certificates& made, const Config& options) -> Task<> {
    TellsTls app;
    HttpServer server(app, options, get_running_loop());
    co_await serve(server, [](HttpServer& to, const Certificates& of) -> Task<> {
      SSLContext context = client_of(of);
      Stream stream = co_await connect(to, context);
      CHECK(stream.ssl_object()->selected_alpn_protocol() == "http/1.1");
      CHECK(co_await body_of(stream, "/") == "https 772 4865 localhost nobody 0 fine PEM");
      CHECK(co_await body_of(stream, "/again") == "https 772 4865 localhost nobody 0 fine PEM");
      context.load_cert_chain(of.path("client.pem"), of.path("client.key"));
      Stream ann = co_await connect(to, context);
      CHECK(co_await body_of(ann, "/") == "https 772 4865 localhost CN=Ann,O=Capricorn 1 fine PEM");
    }(server, made));
  }(certificates, config));
}

TEST_CASE("files go through TLS, and others are served meanwhile") {
  const Certificates certificates;
  std::string bytes;
  while (bytes.size() < 3'000'000) bytes += std::to_string(bytes.size()) + " ";
  certificates.folder().write("file", bytes);
  const Config config = config_of(certificates);
  run([](const Certificates& made, const Config& options, const std::string& file) -> Task<> {
    TellsTls app;
    app.fd = ::open(made.path("file").c_str(), O_RDONLY | O_CLOEXEC);
    app.size = file.size();
    HttpServer server(app, options, get_running_loop());
    co_await serve(server,
                   [](HttpServer& to, const Certificates& of, const std::string& all) -> Task<> {
                     Stream first = co_await connect(to, client_of(of));
                     Stream second = co_await connect(to, client_of(of));
                     auto reading = create_task(body_of(first, "/file"));
                     CHECK((co_await body_of(second, "/")).starts_with("https "));
                     const bool whole = co_await reading == all;
                     CHECK(whole);
                   }(server, made, file));
    ::close(app.fd);
  }(certificates, config, bytes));
}

// The transport goes with its connection, before whoever sends a file goes on.
TEST_CASE("a client that resets its connection ends the file that it is sent") {
  const Certificates certificates;
  certificates.folder().write("file", std::string(8'000'000, 'x'));
  const Config config = config_of(certificates);
  run([](const Certificates& made, const Config& options) -> Task<> {
    TellsTls app;
    app.fd = ::open(made.path("file").c_str(), O_RDONLY | O_CLOEXEC);
    app.size = 8'000'000;
    HttpServer server(app, options, get_running_loop());
    co_await serve(server, [](HttpServer& to, const Certificates& of) -> Task<> {
      Stream stream = co_await connect(to, client_of(of));
      // One whose handler is not cancelled with its client, as a GET's would be.
      stream.write("POST /file HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
      co_await stream.readexactly(100'000);
      stream.transport().abort();
      Stream other = co_await connect(to, client_of(of));
      CHECK((co_await body_of(other, "/")).starts_with("https "));
    }(server, made));
    ::close(app.fd);
  }(certificates, config));
}

// FIN went before the reset: a proxy that speaks HTTP/1.0, as nginx does by default, took the half
// for the whole.
TEST_CASE("half an answer whose length only the connection's end tells ends in a reset") {
  const Certificates certificates;
  const LogSink before = set_log_sink([](LogLevel, std::string_view) noexcept {});
  for (const bool tls : {false, true}) {
    CAPTURE(tls);
    Config config = config_of(certificates);
    if (!tls) config.ssl_certfile = config.ssl_keyfile = "";
    run([](const Certificates& made, const Config& options, bool secure) -> Task<> {
      TellsTls app;
      HttpServer server(app, options, get_running_loop());
      co_await serve(server, [](HttpServer& to, const Certificates& of, bool over_tls) -> Task<> {
        std::optional<Stream> stream;
        if (over_tls)
          stream.emplace(co_await connect(to, client_of(of)));
        else
          stream.emplace(co_await open_connection("127.0.0.1", to.port()));
        stream->write("GET /half HTTP/1.0\r\n\r\n");
        CHECK_THROWS_AS(co_await stream->read(), std::system_error);
      }(server, made, secure));
    }(certificates, config, tls));
  }
  set_log_sink(before);
}

TEST_CASE("a connection in its handshake does not hold up the server's end") {
  const Certificates certificates;
  const Config config = config_of(certificates);
  run([](const Config& options) -> Task<> {
    TellsTls app;
    HttpServer server(app, options, get_running_loop());
    Stream silent;
    co_await timeout(20s, serve(server, [](HttpServer& to, Stream& stream) -> Task<> {
                       stream = co_await open_connection("127.0.0.1", to.port());
                       co_await passes(5);
                     }(server, silent)));
    // It is dropped, and not kept for as long as a handshake may take.
    CHECK_THROWS_AS(co_await timeout(20s, silent.read()), std::system_error);
  }(config));
}

TEST_CASE("new certificates are taken where they are good") {
  Certificates certificates;
  const Config config = config_of(certificates);
  LoggedLines logged;
  ServerTls tls(config);
  const auto before = tls.context().state();
  tls.reload_if_changed();
  tls.reload_if_changed();
  CHECK(tls.context().state() == before);

  certificates.folder().write("server.pem", "garbage");
  tls.reload_if_changed();
  CHECK(logged.lines().empty());  // it may not be complete yet
  for (int i = 0; i < 3; ++i) tls.reload_if_changed();
  CHECK(logged.lines() ==
        std::vector<std::string>{"Cannot load the certificate '" + config.ssl_certfile +
                                 "' with the key '" + config.ssl_keyfile +
                                 "': [PEM: NO_START_LINE] no start line. "
                                 "The certificates in use are kept."});
  CHECK(tls.context().state() == before);

  certificates.leaf("server", "localhost", "DNS:localhost");
  tls.reload_if_changed();
  tls.reload_if_changed();
  CHECK(tls.context().state() != before);
  CHECK(logged.lines().back() == "TLS certificates reloaded.");
}

TEST_CASE("options of TLS that are not good are one sentence") {
  Certificates certificates;
  const auto sentence = [](const Config& config) -> std::string {
    try {
      const ServerTls tls(config);
    } catch (const TlsError& error) {
      return error.what();
    }
    return "none";
  };
  Config config = config_of(certificates);
  CHECK(sentence(config) == "none");
  Config keyless = config;
  keyless.ssl_keyfile.clear();
  CHECK(sentence(keyless) == "Cannot load the certificate '" + config.ssl_certfile +
                                 "': there is no private key in '" + config.ssl_certfile +
                                 "', and --ssl-keyfile is missing");
  certificates.leaf("locked", "localhost", "DNS:localhost");
  certificates.encrypt_key("locked", "secret");
  Config locked = config;
  locked.ssl_certfile = certificates.path("locked.pem");
  locked.ssl_keyfile = certificates.path("locked.key");
  CHECK(sentence(locked) == "Cannot load the certificate '" + locked.ssl_certfile +
                                "' with the key '" + locked.ssl_keyfile + "': the key in '" +
                                locked.ssl_keyfile +
                                "' needs a password, and --ssl-keyfile-password is missing");
  locked.ssl_keyfile_password = "secret";
  CHECK(sentence(locked) == "none");
  config.ssl_cert_reqs = "required";
  CHECK(sentence(config) ==
        "--ssl-cert-reqs required needs --ssl-ca-certs: who may issue clients' certificates.");
  config.ssl_cert_reqs = "maybe";
  config.ssl_ca_certs = certificates.path("ca.pem");
  CHECK(sentence(config) == "Expected --ssl-cert-reqs none, optional or required, got 'maybe'.");
  config.ssl_cert_reqs = "2";
  CHECK(sentence(config) == "none");
  config.ssl_sni = {"=x"};
  CHECK(sentence(config) == "Expected --ssl-sni host=certfile,keyfile, got '=x'.");
  config.ssl_sni.clear();
  config.ssl_ticket_keys = "x";
  CHECK(sentence(config) ==
        "Cannot make keys for session tickets: Expected the text of ticket keys.");
}
