// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/memory_pipe.hpp>
#include <capricorn/loop/tls_transport.hpp>

#include <certificates.hpp>
#include <exception>
#include <string>
#include <utility>

/// Both ends of a TLS connection in memory.

namespace capricorn::test {

inline SSLContext server_context(const Certificates& certificates,
                                 const std::string& name = "server") {
  SSLContext context = create_default_context(Purpose::CLIENT_AUTH);
  context.load_cert_chain(certificates.path(name + ".pem"), certificates.path(name + ".key"));
  return context;
}

inline SSLContext client_context(const Certificates& certificates) {
  return create_default_context(Purpose::SERVER_AUTH, {.cafile = certificates.path("ca.pem")});
}

inline Task<> shake_hands(Stream& client, Stream& server, SSLContext client_context,
                          SSLContext server_context, std::string name = "localhost") {
  co_await gather(client.start_tls(std::move(client_context), {.server_hostname = name}),
                  server.start_tls(std::move(server_context)));
}

/// What a task throws, in words.
inline Task<std::string> error_of(Task<> task) {
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
inline Task<std::pair<std::string, std::string>> errors_of(SSLContext client, SSLContext server,
                                                           std::string name) {
  auto [a, b] = memory_pipe();
  auto of_client = create_task(error_of(a.start_tls(std::move(client), {.server_hostname = name})));
  auto of_server = create_task(error_of(b.start_tls(std::move(server))));
  std::string first = co_await of_client;
  co_return {std::move(first), co_await of_server};
}

}  // namespace capricorn::test
