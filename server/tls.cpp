// SPDX-License-Identifier: MIT
#include "tls.hpp"

#include <filesystem>
#include <string_view>
#include <system_error>

#include "../loop/log.hpp"
#include "../loop/ticket_keys.hpp"

namespace capricorn {
namespace {

/// One of `--ssl-sni`.
struct NamedCertificate {
  std::string host;
  std::string certfile;
  std::string keyfile;
};

NamedCertificate parse_sni(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::size_t comma = text.find(',', equals == text.npos ? 0 : equals);
  if (equals == 0 || equals == text.npos || comma == equals + 1) {
    throw TlsError("Expected --ssl-sni host=certfile,keyfile, got '" + text + "'.");
  }
  const std::string_view certfile = std::string_view(text).substr(equals + 1);
  NamedCertificate named{
      text.substr(0, equals), std::string(certfile.substr(0, certfile.find(','))), {}};
  if (comma != text.npos) named.keyfile = text.substr(comma + 1);
  return named;
}

VerifyMode verify_mode_of(const Config& config) {
  const std::string& word = config.ssl_cert_reqs;
  if (word == "none" || word == "0") return CERT_NONE;
  if (config.ssl_ca_certs.empty()) {
    throw TlsError("--ssl-cert-reqs " + word +
                   " needs --ssl-ca-certs: who may issue clients' certificates.");
  }
  if (word == "optional" || word == "1") return CERT_OPTIONAL;
  if (word == "required" || word == "2") return CERT_REQUIRED;
  throw TlsError("Expected --ssl-cert-reqs none, optional or required, got '" + word + "'.");
}

/// What `load` throws becomes a sentence that says what was being done.
template <class F>
void attempt(const std::string& what, F load) {
  try {
    load();
  } catch (const std::exception& error) {  // the system's, OpenSSL's or a bad value
    throw TlsError("Cannot " + what + ": " + error.what());
  }
}

/// `key_option` is where the key's file is named.
void load_certificate(SSLContext& context, const NamedCertificate& named,
                      const std::string& password, const std::string& key_option) {
  const std::string key = named.keyfile.empty() ? "" : " with the key '" + named.keyfile + "'";
  attempt("load the certificate '" + named.certfile + "'" + key, [&] {
    try {
      context.load_cert_chain(named.certfile, named.keyfile, password);
    } catch (const SSLKeyError& error) {
      const bool no_key = error.missing == SSLKeyError::Missing::kKey;
      if (no_key && !named.keyfile.empty()) throw;
      throw TlsError(std::string(error.what()) + ", and " +
                     (no_key ? key_option : "--ssl-keyfile-password") + " is missing");
    }
  });
}

/// What all of the server's certificates have in common.
SSLContext make_base(const Config& config) {
  SSLContext context(PROTOCOL_TLS_SERVER);
  context.set_alpn_protocols({"http/1.1", "http/1.0"});
  context.refuse_alpn_mismatch();
  // Browsers resume with one; each costs the server's first answer a fifth of its handshake.
  context.set_num_tickets(1);
  if (config.ssl_min_version == "1.3")
    context.set_minimum_version(TLSVersion::TLSv1_3);
  else if (config.ssl_min_version != "1.2")
    throw TlsError("Expected --ssl-min-version 1.2 or 1.3, got '" + config.ssl_min_version + "'.");
  if (!config.ssl_ciphers.empty()) {
    attempt("use --ssl-ciphers '" + config.ssl_ciphers + "'",
            [&] { context.set_ciphers(config.ssl_ciphers); });
  }
  if (!config.ssl_ca_certs.empty()) {
    attempt("load --ssl-ca-certs '" + config.ssl_ca_certs + "'",
            [&] { context.load_verify_locations({.cafile = config.ssl_ca_certs}); });
  }
  if (!config.ssl_crlfile.empty()) {
    if (config.ssl_ca_certs.empty()) {
      throw TlsError("--ssl-crlfile needs --ssl-ca-certs: who may issue clients' certificates.");
    }
    attempt("load --ssl-crlfile '" + config.ssl_crlfile + "'",
            [&] { context.load_crls(config.ssl_crlfile); });
  }
  context.set_verify_mode(verify_mode_of(config));
  return context;
}

std::shared_ptr<TicketKeys> ticket_keys_of(const Config& config) {
  std::shared_ptr<TicketKeys> keys;
  attempt("make keys for session tickets", [&] {
    keys = config.ssl_ticket_keys.empty() ? std::make_shared<TicketKeys>()
                                          : std::make_shared<TicketKeys>(config.ssl_ticket_keys);
  });
  return keys;
}

std::vector<std::string> files_of(const Config& config) {
  std::vector<std::string> files{config.ssl_certfile, config.ssl_keyfile, config.ssl_ca_certs,
                                 config.ssl_crlfile, config.ssl_ocsp_response};
  for (const std::string& text : config.ssl_sni) {
    NamedCertificate named = parse_sni(text);
    files.push_back(std::move(named.certfile));
    files.push_back(std::move(named.keyfile));
  }
  std::erase(files, "");
  return files;
}

}  // namespace

ServerTls::ServerTls(const Config& config)
    : config_(config),
      ticket_keys_(ticket_keys_of(config)),
      context_(make_context()),
      files_(files_of(config)),
      read_(look_at_files()) {}

SSLContext ServerTls::make_context() const {
  if (config_.ssl_certfile.empty()) {
    throw TlsError(std::string(tls_option_without_certificate(config_)) +
                   " needs --ssl-certfile: without one there is no TLS");
  }
  SSLContext context = make_base(config_);
  load_certificate(context, {"", config_.ssl_certfile, config_.ssl_keyfile},
                   config_.ssl_keyfile_password, "--ssl-keyfile");
  if (!config_.ssl_ocsp_response.empty()) {
    attempt("staple --ssl-ocsp-response '" + config_.ssl_ocsp_response + "'",
            [&] { context.load_ocsp_response(config_.ssl_ocsp_response); });
  }
  context.set_ticket_keys(ticket_keys_);
  for (const std::string& text : config_.ssl_sni) {
    const NamedCertificate named = parse_sni(text);
    SSLContext other = make_base(config_);
    load_certificate(other, named, config_.ssl_keyfile_password, "the keyfile of --ssl-sni");
    attempt("use --ssl-sni '" + text + "'", [&] { context.add_server_name(named.host, other); });
  }
  return context;
}

/// What changes where somebody writes them, or puts others in their place.
std::string ServerTls::look_at_files() const {
  std::string look;
  for (const std::string& file : files_) {
    std::error_code missing;
    const auto changed = std::filesystem::last_write_time(file, missing).time_since_epoch().count();
    look += std::to_string(changed) + "-";
    look += std::to_string(std::filesystem::file_size(file, missing)) + " ";
  }
  return look;
}

void ServerTls::reload() {
  read_ = look_at_files();
  try {
    context_ = make_context();
    log(LogLevel::kInfo, "TLS certificates reloaded.");
  } catch (const TlsError& error) {
    log(LogLevel::kError, std::string(error.what()) + ". The certificates in use are kept.");
  }
}

void ServerTls::reload_if_changed() {
  std::string look = look_at_files();
  if (look == read_) return seen_.clear();
  // A certificate and its key are two files: they are read once both lie still.
  if (look != seen_) {
    seen_ = std::move(look);
    return;
  }
  reload();
}

}  // namespace capricorn
