// SPDX-License-Identifier: MIT
// OpenSSL calls us back, and knows no exceptions. Stands in the program that replaces malloc.
#include "tls_peers.hpp"

#include <doctest/doctest.h>
#include <malloc_counter.hpp>
#include <scenario.hpp>

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

using namespace capricorn;
using namespace capricorn::test;

namespace {

/// Both ends are of this thread.
Task<> shake_hands_without_memory(SSLContext client, SSLContext server, std::uint64_t nth) {
  auto [a, b] = memory_pipe();
  fail_malloc(nth);
  co_await error_of(shake_hands(a, b, std::move(client), std::move(server)));
}

}  // namespace

TEST_CASE("a TLS handshake that finds no memory fails, and the next one does not") {
  if (!counts_mallocs()) return;
  const LoggedLines logged;
  const Certificates certificates;
  SSLContext server = server_context(certificates);
  server.add_server_name("localhost", server_context(certificates));
  const SSLContext client = client_context(certificates);
  bool failed = true;
  for (std::uint64_t nth = 1; failed; nth += 1 + nth / 60) {
    try {
      run_virtually(shake_hands_without_memory(client, server, nth));
    } catch (const std::exception&) {  // of the test's own end, mostly
    }
    fail_malloc(0);
    failed = malloc_has_failed();
    const auto after = run_virtually(errors_of(client, server, "localhost"));
    CHECK(after == std::pair<std::string, std::string>{"none", "none"});
  }
}
