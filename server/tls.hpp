// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "../config/config.hpp"
#include "../config/tls_options.hpp"
#include "../loop/ssl_context.hpp"

namespace capricorn {

/// The options of TLS, or the files that they name, are not good; what() is the sentence to print.
struct TlsError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What the server shows its clients: made of the files that `config` names, and made anew when
/// they change. Connections keep what they began with. Loop's thread.
class ServerTls {
 public:
  static bool wanted(const Config& config) noexcept {
    return !config.ssl_certfile.empty() || !tls_option_without_certificate(config).empty();
  }
  /// Throws TlsError. `config` outlives us.
  explicit ServerTls(const Config& config);

  const SSLContext& context() const noexcept { return context_; }
  /// Reads the files again. What is not good is logged, and changes nothing.
  void reload();
  /// Reloads where a file has changed since it was read, and has stopped changing. To be called now
  /// and then.
  void reload_if_changed();

 private:
  SSLContext make_context() const;
  std::string look_at_files() const;

  const Config& config_;
  std::shared_ptr<TicketKeys> ticket_keys_;  // shared with the contexts, old and new
  SSLContext context_;
  std::vector<std::string> files_;
  std::string read_;  // how the files looked when they were read last
  std::string seen_;  // how they look since, where that differs
};

}  // namespace capricorn
