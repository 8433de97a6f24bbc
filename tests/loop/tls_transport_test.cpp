// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <unistd.h>
#include <capricorn/loop/platform.hpp>

#include <algorithm>
#include <scenario.hpp>
#include <string>
#include <vector>

#include "tls_peers.hpp"

using namespace capricorn;
using namespace capricorn::test;
using namespace std::chrono_literals;

namespace {

/// A transport that keeps what is written, for a peer that is played by hand.
class Wire final : public Transport {
 public:
  Buffer& output() override { return out; }
  void written() override {
    most = std::max(most, out.size());
    if (!sends) return;
    sent += out.size();
    out.clear();
  }
  void write(std::string_view bytes) override {
    out.append(bytes);
    written();
  }
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
  bool sends = false;  // all that it holds, as soon as it is told of it
  std::size_t most = 0;
  std::size_t sent = 0;
  bool paused = false;
  bool closed = false;
};

/// Keeps what it is told, and pauses reading after each piece where it is asked to.
class Listening final : public Protocol, public HandshakeWatcher {
 public:
  void data_received(std::string_view data) override {
    received += data;
    if (!answer.empty() && !writing_paused) transport->write(answer);
    if (transport && pauses) transport->pause_reading();
  }
  void eof_received() override { ++ends; }
  void connection_lost(std::error_code) override {}
  void pause_writing() override { writing_paused = true; }
  void resume_writing() override { writing_paused = false; }
  void handshake_ended() override { ++handshakes; }
  std::string received;
  std::string answer;  // to each piece, while it may write
  bool writing_paused = false;
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

namespace {

void shake_hands(const RawClient& client, End& server) {
  for (int turns = 0; turns < 5 && SSL_do_handshake(client.ssl()) != 1; ++turns) {
    server.tls.data_received(client.take());
    client.give(server.wire.take());
  }
  server.tls.data_received(client.take());
  REQUIRE(server.listening.handshakes == 1);
  REQUIRE(!server.tls.failure());
}

}  // namespace

TEST_CASE("who has us answer without end, and reads none of it, is cut off") {
  run([]() -> Task<> {
    const Certificates certificates;
    End server(get_running_loop(), server_context(certificates), true);
    const RawClient client;
    shake_hands(client, server);
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

// 1. A client asked for something that takes its time, and sent close_notify, but no FIN.
// 2. It went on sending, which OpenSSL does not read any more.
// 3. All of that was kept, and copied with each read.
TEST_CASE("what comes behind a close_notify is not kept, and what we write still goes out") {
  run([]() -> Task<> {
    const Certificates certificates;
    End server(get_running_loop(), server_context(certificates), true);
    const RawClient client;
    shake_hands(client, server);
    client.give(server.wire.take());
    SSL_shutdown(client.ssl());
    const std::string garbage(65536, 'g');
    const std::size_t before = resident_memory();
    server.tls.data_received(client.take() + garbage);
    CHECK(server.listening.ends == 1);
    for (int i = 0; i < 500; ++i) server.tls.data_received(garbage);
    CHECK(resident_memory() < before + (8 << 20));
    CHECK(server.listening.ends == 1);
    CHECK(!server.wire.closed);
    server.tls.write("answer");
    co_await sleep(0s);
    client.give(server.wire.take());
    char answer[10];
    CHECK(SSL_read(client.ssl(), answer, sizeof answer) == 6);
  }());
}

TEST_CASE("a large answer never lies whole in the buffer of the transport below") {
  run([]() -> Task<> {
    const Certificates certificates;
    for (const bool feeding : {false, true}) {
      Buffer shared;
      End server(get_running_loop(), server_context(certificates), true, &shared);
      const RawClient client;
      shake_hands(client, server);
      server.wire.sends = true;
      const std::string answer(5'000'000, 'x');
      if (feeding) {
        server.listening.answer = answer;
        SSL_write(client.ssl(), "?", 1);
        server.tls.data_received(client.take());
      } else {
        server.tls.write(answer);
      }
      CHECK(server.wire.sent > answer.size());
      CHECK(server.wire.most < 1'000'000);
    }
    co_return;
  }());
}

TEST_CASE("small answers to what came at once end where they are not taken") {
  run([]() -> Task<> {
    const Certificates certificates;
    Buffer shared;
    End server(get_running_loop(), server_context(certificates), true, &shared);
    const RawClient client;
    shake_hands(client, server);
    server.listening.answer = std::string(4000, 'x');
    for (int i = 0; i < 500; ++i) SSL_write(client.ssl(), "?", 1);
    server.tls.data_received(client.take());
    CHECK(server.listening.received.size() == 500);
    CHECK(server.wire.out.size() > 65536);
    CHECK(server.wire.out.size() < 200'000);
    co_return;
  }());
}

// 1. The peer read nothing, and the protocol was told to stop.
// 2. Tasks that had not been told yet wrote 50 KB in one pass.
// 3. In the same pass all that waited below went out, which is told once; those 50 KB counted, too.
// 4. They went below, where they were too little to be told of: nobody was told to go on.
TEST_CASE("who may not write is told when it may, also where more was written meanwhile") {
  run([]() -> Task<> {
    const Certificates certificates;
    End server(get_running_loop(), server_context(certificates), true);
    const RawClient client;
    shake_hands(client, server);
    server.tls.write(std::string(70'000, 'x'));
    server.tls.pause_writing();
    REQUIRE(server.listening.writing_paused);
    server.tls.output().append(std::string(50'000, 'y'));
    server.tls.written();
    server.wire.take();
    server.tls.resume_writing();
    co_await passes(2);
    CHECK(server.wire.out.size() > 50'000);
    server.wire.take();
    CHECK(!server.listening.writing_paused);
  }());
}

TEST_CASE("who writes on in small pieces is told to stop, in a task of its own too") {
  run([]() -> Task<> {
    const Certificates certificates;
    End server(get_running_loop(), server_context(certificates), true);
    const RawClient client;
    shake_hands(client, server);
    std::size_t written = 0;
    while (!server.listening.writing_paused && written < 10'000'000) {
      server.tls.output().append(std::string(1000, 'x'));
      server.tls.written();
      written += 1000;
    }
    CHECK(written < 200'000);
    co_return;
  }());
}

// 1. The socket below met with a reset, which is told with the next pass.
// 2. Who asked whether it may write on heard of nothing, wrote on, and no pass came.
TEST_CASE("a connection that is lost below is closing") {
  run([]() -> Task<> {
    const Certificates certificates;
    End server(get_running_loop(), server_context(certificates), true);
    const RawClient client;
    shake_hands(client, server);
    CHECK_FALSE(server.tls.is_closing());
    server.wire.abort();
    CHECK(server.tls.is_closing());
    co_return;
  }());
}

TEST_CASE("a client may insist on P-521") {
  run([]() -> Task<> {
    const Certificates certificates;
    End server(get_running_loop(), server_context(certificates), true);
    const RawClient client;
    REQUIRE(SSL_set1_groups_list(client.ssl(), "P-521") == 1);
    shake_hands(client, server);
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
