// SPDX-License-Identifier: MIT
#include <capricorn/loop/listener.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/socket_transport.hpp>
#include <capricorn/loop/stream_server.hpp>
#include <capricorn/loop/tls_transport.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// An echo server on capricorn's loop: echo_server streams|protocol PORT [PEM], with a certificate
/// and its key over TLS. It prints its port, and runs until SIGTERM ends it.
namespace {

using namespace capricorn;  // NOLINT: what the user of asyncio's names would write

void print_port(int port) {
  std::printf("%d\n", port);
  std::fflush(stdout);
}

Task<> echo(Stream stream) {
  for (;;) {
    const std::string data = co_await stream.read(65536);
    if (data.empty()) co_return;
    stream.write(data);
    co_await stream.drain();
  }
}

Task<> serve_streams(int port, std::optional<SSLContext> ssl) {
  Server server = co_await start_server(echo, "127.0.0.1", port, {.ssl = std::move(ssl)});
  print_port(server.sockets().front().port());
  co_await server.serve_forever();
}

class EchoProtocol final : public Protocol {
 public:
  explicit EchoProtocol(Transport& transport) noexcept : transport_(transport) {}
  void data_received(std::string_view data) override { transport_.write(data); }
  void eof_received() override { transport_.close(); }
  void connection_lost(std::error_code) override {}
  void pause_writing() override { transport_.pause_reading(); }
  void resume_writing() override { transport_.resume_reading(); }

 private:
  Transport& transport_;
};

struct Unwatched final : HandshakeWatcher {
  void handshake_ended() override {}
};

std::unique_ptr<Protocol> echo_over(Loop& loop, Transport& socket, const SSLContext& ssl,
                                    Unwatched& watcher) {
  auto engine = std::make_unique<TlsEngine>(ssl.state(), true, "");
  auto tls = std::make_unique<TlsTransport>(loop, socket, std::move(engine), TlsTransportOptions{});
  tls->start(std::make_unique<EchoProtocol>(*tls), watcher);
  return tls;
}

Task<> serve_protocol(std::string port, std::optional<SSLContext> ssl) {
  Unwatched watcher;
  Loop& loop = get_running_loop();
  auto addresses = co_await getaddrinfo("127.0.0.1", port);
  Socket socket = std::move(listen_on_each(addresses, {}).front());
  Listener listener(loop, std::move(socket), 100, "", [&](Socket peer, const SocketAddress&) {
    auto* transport = new SocketTransport(loop, peer.release());  // its own from start() on
    if (ssl)
      transport->start(echo_over(loop, *transport, *ssl, watcher));
    else
      transport->start(std::make_unique<EchoProtocol>(*transport));
  });
  listener.start();
  print_port(listener.address().port());
  co_await Future<void>(loop);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view api = argc > 2 ? argv[1] : "";
  std::optional<SSLContext> ssl;
  if (argc > 3) {
    ssl = create_default_context(Purpose::CLIENT_AUTH);
    ssl->load_cert_chain(argv[3]);
  }
  if (api == "streams") {
    run(serve_streams(std::atoi(argv[2]), std::move(ssl)));
  } else if (api == "protocol") {
    run(serve_protocol(argv[2], std::move(ssl)));
  } else {
    std::fprintf(stderr, "usage: %s streams|protocol PORT [PEM]\n", argv[0]);
    return 2;
  }
}
