// SPDX-License-Identifier: MIT
#include "tls_options.hpp"

namespace capricorn {

std::string_view tls_option_without_certificate(const Config& config) noexcept {
  const Config usual;
  if (!config.ssl_certfile.empty()) return {};
  if (!config.ssl_keyfile.empty()) return "--ssl-keyfile";
  if (!config.ssl_keyfile_password.empty()) return "--ssl-keyfile-password";
  if (config.ssl_min_version != usual.ssl_min_version) return "--ssl-min-version";
  if (!config.ssl_ciphers.empty()) return "--ssl-ciphers";
  if (!config.ssl_ca_certs.empty()) return "--ssl-ca-certs";
  if (!config.ssl_crlfile.empty()) return "--ssl-crlfile";
  if (!config.ssl_ocsp_response.empty()) return "--ssl-ocsp-response";
  if (config.ssl_cert_reqs != usual.ssl_cert_reqs && config.ssl_cert_reqs != "0")
    return "--ssl-cert-reqs";
  return config.ssl_sni.empty() ? std::string_view() : "--ssl-sni";
}

}  // namespace capricorn
