// SPDX-License-Identifier: MIT
#include "ssl_object.hpp"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "tls_engine.hpp"

namespace capricorn {
namespace {

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const noexcept {
    kFree(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<&BIO_free>>;
using Certificate = std::unique_ptr<X509, Free<&X509_free>>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string name_of(const X509_NAME* name) {
  const Bio bio(BIO_new(BIO_s_mem()));
  // RFC 4514 takes UTF-8 as it is.
  constexpr unsigned long kFlags = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, kFlags) < 0) return {};
  return text_of(bio.get());
}

std::string pem_of(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || !certificate || PEM_write_bio_X509(bio.get(), certificate) != 1) return {};
  return text_of(bio.get());
}

std::chrono::sys_seconds time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&parts)));
}

std::string serial_of(const X509* certificate) {
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  char* digits = number ? BN_bn2hex(number) : nullptr;
  std::string text = digits ? digits : "";
  OPENSSL_free(digits);
  BN_free(number);
  return text;
}

std::string text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string address_of(const ASN1_OCTET_STRING* bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  const int size = ASN1_STRING_length(bytes);
  if (size == 4 || size == 16) {
    ::inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(bytes), text, sizeof text);
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> alternative_names(const X509* certificate) {
  std::vector<std::pair<std::string, std::string>> names;
  auto* all = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(all); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all, i);
    switch (name->type) {
      case GEN_DNS: names.emplace_back("DNS", text_of(name->d.dNSName)); break;
      case GEN_EMAIL: names.emplace_back("email", text_of(name->d.rfc822Name)); break;
      case GEN_URI: names.emplace_back("URI", text_of(name->d.uniformResourceIdentifier)); break;
      case GEN_IPADD: names.emplace_back("IP Address", address_of(name->d.iPAddress)); break;
      default: break;
    }
  }
  GENERAL_NAMES_free(all);
  return names;
}

class HandshakeFacts final : public SSLObject {
 public:
  explicit HandshakeFacts(SSL* ssl);
  HandshakeFacts(const HandshakeFacts&) = delete;
  HandshakeFacts& operator=(const HandshakeFacts&) = delete;
  ~HandshakeFacts() override { sk_X509_pop_free(chain_, &X509_free); }

  std::string version() const override { return version_; }
  Cipher cipher() const override {
    return {SSL_CIPHER_get_name(cipher_), SSL_CIPHER_get_version(cipher_),
            SSL_CIPHER_get_bits(cipher_, nullptr)};
  }
  std::uint16_t version_number() const noexcept override { return version_number_; }
  std::uint16_t cipher_number() const noexcept override {
    return SSL_CIPHER_get_protocol_id(cipher_);
  }
  const std::string& selected_alpn_protocol() const noexcept override { return alpn_; }
  const std::string& server_hostname() const noexcept override { return server_hostname_; }
  bool session_reused() const noexcept override { return session_reused_; }
  bool has_peer_certificate() const noexcept override { return peer_ != nullptr; }
  SSLCertificate getpeercert() const override;
  std::string getpeercert_binary() const override;
  std::vector<std::string> peer_chain() const override;
  std::string own_certificate() const override { return pem_of(own_.get()); }
  std::string verify_error() const override {
    if (!peer_ || verify_result_ == X509_V_OK) return {};
    return X509_verify_cert_error_string(verify_result_);
  }

 private:
  const char* version_;  // OpenSSL's, as the cipher is
  const SSL_CIPHER* cipher_;
  std::uint16_t version_number_;
  bool session_reused_;
  long verify_result_;
  std::string alpn_;
  std::string server_hostname_;
  Certificate own_;
  Certificate peer_;
  STACK_OF(X509) * chain_ = nullptr;
};

HandshakeFacts::HandshakeFacts(SSL* ssl)
    : version_(SSL_get_version(ssl)),
      cipher_(SSL_get_current_cipher(ssl)),
      version_number_(static_cast<std::uint16_t>(SSL_version(ssl))),
      session_reused_(SSL_session_reused(ssl) == 1),
      verify_result_(SSL_get_verify_result(ssl)),
      own_(SSL_get_certificate(ssl)),
      peer_(SSL_get1_peer_certificate(ssl)) {
  if (own_) X509_up_ref(own_.get());
  const unsigned char* alpn = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &size);
  if (size > 0) alpn_.assign(reinterpret_cast<const char*>(alpn), size);
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name) server_hostname_ = name;
  if (STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl)) chain_ = X509_chain_up_ref(chain);
}

SSLCertificate HandshakeFacts::getpeercert() const {
  SSLCertificate read;
  const X509* certificate = peer_.get();
  if (!certificate) return read;
  read.subject = name_of(X509_get_subject_name(certificate));
  read.issuer = name_of(X509_get_issuer_name(certificate));
  read.serial_number = serial_of(certificate);
  read.version = static_cast<int>(X509_get_version(certificate)) + 1;
  read.not_before = time_of(X509_get0_notBefore(certificate));
  read.not_after = time_of(X509_get0_notAfter(certificate));
  read.subject_alt_name = alternative_names(certificate);
  return read;
}

std::string HandshakeFacts::getpeercert_binary() const {
  unsigned char* der = nullptr;
  const int size = peer_ ? i2d_X509(peer_.get(), &der) : 0;
  std::string bytes;
  if (size > 0) bytes.assign(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

std::vector<std::string> HandshakeFacts::peer_chain() const {
  std::vector<std::string> chain;
  if (!peer_) return chain;
  chain.push_back(pem_of(peer_.get()));
  // A server has its client's own certificate apart from the chain, a client has it first in it.
  for (int i = 0; i < sk_X509_num(chain_); ++i) {
    X509* certificate = sk_X509_value(chain_, i);
    if (X509_cmp(certificate, peer_.get()) != 0) chain.push_back(pem_of(certificate));
  }
  return chain;
}

}  // namespace

std::shared_ptr<const SSLObject> ssl_object_of(ssl_st* ssl) {
  return std::make_shared<HandshakeFacts>(ssl);
}

}  // namespace capricorn
