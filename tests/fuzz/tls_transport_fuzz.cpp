// SPDX-License-Identifier: MIT
// One TLS connection whose ciphertext is cut anywhere, while its protocol pauses, writes, closes
// and the client ends its way or leaves when the input says so. What either side reads is the
// front of what the other wrote; all of it, where nobody broke off.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/ssl_context.hpp>
#include <capricorn/loop/test_loop.hpp>
#include <capricorn/loop/tls_transport.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "../support/test_transport.hpp"
#include "fuzz.hpp"

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

/// Signed by itself, with its key, in a file without a name.
std::string make_certificate() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  X509* certificate = X509_new();
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * 365);
  X509_set_pubkey(certificate, key);
  fuzz::require(X509_sign(certificate, key, EVP_sha256()) > 0, "a certificate can be signed");
  std::FILE* file = std::tmpfile();  // until the process ends
  fuzz::require(file != nullptr, "there is a file");
  BIO* bio = BIO_new_fd(::fileno(file), BIO_NOCLOSE);
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  PEM_write_bio_X509(bio, certificate);
  BIO_free(bio);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return "/dev/fd/" + std::to_string(::fileno(file));
}

SSLContext& server_context() {
  static SSLContext context = [] {
    SSLContext made(PROTOCOL_TLS_SERVER);
    made.load_cert_chain(make_certificate());
    return made;
  }();
  return context;
}

SSLContext& client_context(bool old) {
  const auto make = [](TLSVersion version) {
    SSLContext made(PROTOCOL_TLS_CLIENT);
    made.set_check_hostname(false);
    made.set_verify_mode(CERT_NONE);
    made.set_maximum_version(version);
    return made;
  };
  static SSLContext v12 = make(TLSVersion::TLSv1_2);
  static SSLContext v13 = make(TLSVersion::TLSv1_3);
  return old ? v12 : v13;
}

/// Above the TLS: what it is told.
struct Told {
  std::string received;
  std::string written;
  std::size_t pause_behind = ~std::size_t{0};
  bool ended = false;
  bool lost = false;
  int pauses = 0;
};

class Recorder final : public Protocol {
 public:
  Recorder(Told& told, Transport& transport) : told_(told), transport_(transport) {}
  void data_received(std::string_view data) override {
    fuzz::require(!told_.ended && !told_.lost, "nothing is told behind the end");
    told_.received += data;
    if (told_.received.size() >= told_.pause_behind) transport_.pause_reading();
  }
  void eof_received() override {
    fuzz::require(!std::exchange(told_.ended, true), "an end is told once");
  }
  void connection_lost(std::error_code) override {
    fuzz::require(!std::exchange(told_.lost, true), "a loss is told once");
  }
  void pause_writing() override { fuzz::require(++told_.pauses == 1, "paused once"); }
  void resume_writing() override { fuzz::require(--told_.pauses == 0, "resumed once"); }

 private:
  Told& told_;
  Transport& transport_;
};

struct Watcher final : HandshakeWatcher {
  void handshake_ended() override { ended = true; }
  bool ended = false;
};

/// The client: its plaintext in, its ciphertext cut by the input.
class Client {
 public:
  explicit Client(bool old) : engine_(client_context(old).state(), false, "") { shake(); }

  void write(std::string_view bytes) {
    if (!done_ || ended_ || bytes.empty()) return;
    Buffer out;
    engine_.write(bytes, out);
    to_server += out.view();
    written += bytes;
  }
  void end() {
    if (!done_ || std::exchange(ended_, true)) return;
    Buffer out;
    engine_.shut_down(out);
    to_server += out.view();
  }
  void take(const std::string& ciphertext) {
    input_ += ciphertext;
    engine_.feed(input_);
    if (!done_) shake();
    char bytes[4096];
    while (done_ && engine_.has_input()) {
      std::size_t size = 0;
      Buffer out;
      const auto status = engine_.read(bytes, sizeof bytes, size, out);
      to_server += out.view();
      if (status != TlsEngine::Status::kDone) break;
      received.append(bytes, size);
    }
    input_ = std::string(engine_.rest());
    engine_.feed({});
  }
  bool done() const noexcept { return done_; }
  bool ended() const noexcept { return ended_; }

  std::string to_server;
  std::string written;
  std::string received;

 private:
  void shake() {
    Buffer out;
    done_ = engine_.handshake(out) == TlsEngine::Status::kDone;
    to_server += out.view();
  }

  TlsEngine engine_;
  std::string input_;
  bool done_ = false;
  bool ended_ = false;
};

struct Scene {
  Loop& loop;
  TestTransport pipe;
  Client client;
  Watcher watcher;
  Told told;
  TlsTransport* tls = nullptr;
  bool broken = false;   // somebody left, or closed without waiting
  bool garbled = false;  // the ciphertext was changed on its way

  void feed(std::size_t size) {
    const std::string piece = client.to_server.substr(0, size);
    client.to_server.erase(0, size);
    if (!piece.empty() && !pipe.lost()) pipe.feed(piece);
    client.take(pipe.take());
  }
  bool usable() const { return !told.lost && watcher.ended; }
};

std::string text(std::size_t size, std::size_t from) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>('a' + (from + i) % 23);
  return out;
}

void write_above(Scene& scene, std::size_t size, bool copied) {
  const std::string bytes = text(size, scene.told.written.size());
  if (!scene.usable() || scene.tls->is_closing()) return;
  scene.told.written += bytes;
  if (copied) {
    scene.tls->output().append(bytes);
    scene.tls->written();
  } else {
    scene.tls->write(bytes);
  }
}

Task<> act(Scene& scene, std::size_t act, std::size_t amount) {
  switch (act) {
    case 0: scene.feed(amount + 1); break;
    case 1: scene.feed(50 * (amount + 1)); break;
    case 2:
    case 3: scene.feed(std::string::npos); break;
    case 4: scene.client.write(text(amount, scene.client.written.size())); break;
    case 5: scene.client.write(text(1500 * amount, scene.client.written.size())); break;
    case 6: write_above(scene, amount, true); break;
    case 7: write_above(scene, 3000 * amount, amount % 2 == 0); break;
    case 8: scene.told.pause_behind = scene.told.received.size() + amount * 100; break;
    case 9:
      scene.told.pause_behind = ~std::size_t{0};
      if (scene.usable()) scene.tls->resume_reading();
      break;
    case 10:
      for (std::size_t i = 0; i <= amount; ++i) co_await sleep(0s);
      break;
    case 11: scene.client.end(); break;
    case 12:
      scene.broken = true;
      if (amount % 4 == 0 && !scene.told.lost) scene.tls->close();
      if (amount % 4 == 1 && !scene.told.lost) scene.tls->abort();
      if (amount % 4 == 2) scene.pipe.lose({});
      break;
    case 13:
      if (amount < 12 || scene.client.to_server.empty()) break;
      scene.broken = scene.garbled = true;
      scene.client.to_server[scene.client.to_server.size() * (amount - 12) / 5] ^= 1;
      break;
    case 14: scene.pipe.finish(); break;
    default: break;
  }
  scene.client.take(scene.pipe.take());
}

Task<> play(fuzz::Input& input, Loop& loop) {
  const std::size_t kinds = input.choose(8);
  Scene scene{loop, TestTransport(loop), Client((kinds & 1) != 0), {}, {}};
  Buffer shared;
  auto tls = std::make_unique<TlsTransport>(
      loop, scene.pipe, std::make_unique<TlsEngine>(server_context().state(), true, ""),
      TlsTransportOptions{.shared_output = (kinds & 2) != 0 ? &shared : nullptr,
                          .shutdown_timeout = (kinds & 4) != 0 ? Duration(1s) : Duration::zero(),
                          .open_after_eof = true});
  scene.tls = tls.get();
  tls->start(std::make_unique<Recorder>(scene.told, *tls), scene.watcher);
  scene.pipe.start(std::move(tls));
  bool half_fed = false;
  while (!input.rest().empty()) {
    const std::size_t which = input.choose(16);
    co_await act(scene, which, input.choose(16));
    half_fed = half_fed || which == 14;
  }
  scene.told.pause_behind = ~std::size_t{0};
  if (scene.usable()) scene.tls->resume_reading();
  for (int i = 0; i < 6; ++i) {
    scene.feed(std::string::npos);
    co_await sleep(0s);
  }
  scene.client.take(scene.pipe.take());
  fuzz::require(scene.client.written.starts_with(scene.told.received), "what is read was written");
  fuzz::require(scene.told.written.starts_with(scene.client.received), "what is sent was written");
  if (scene.broken || half_fed) co_return;
  fuzz::require(scene.client.done() && scene.watcher.ended, "the handshake ends");
  fuzz::require(scene.client.written == scene.told.received, "all of it is read");
  fuzz::require(scene.told.ended == scene.client.ended(), "and its end is told");
  fuzz::require(scene.client.received == scene.told.written, "all of it is sent");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, std::min<std::size_t>(size, 128));
  TestLoop loop;
  loop.run_until_complete(play(input, loop));
  shut_down(loop);
  return 0;
}
