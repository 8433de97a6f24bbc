// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <temporary_folder.hpp>

namespace capricorn::test {

/// Certificates of a test's own, in its temporary folder.
class Certificates {
 public:
  /// `ca.pem`, and signed by it `server.pem` for localhost, 127.0.0.1 and *.wild.test; each leaf
  /// with its key in `<name>.key`.
  Certificates() {
    ca_ = make("ca", "Test CA", "", nullptr);
    leaf("server", "localhost", "DNS:localhost,DNS:*.wild.test,IP:127.0.0.1");
  }
  Certificates(const Certificates&) = delete;

  /// Signed by the CA.
  void leaf(const std::string& file, const std::string& common_name, const std::string& names) {
    make(file, common_name, names, &ca_);
  }
  /// Signed by itself.
  void self_signed(const std::string& file, const std::string& common_name,
                   const std::string& names) {
    make(file, common_name, names, nullptr);
  }
  /// A key alone, of no elliptic curve that certificates here are made with.
  void ed25519_key(const std::string& file) const {
    const std::unique_ptr<EVP_PKEY, FreeKey> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    BIO* bio = BIO_new_file(path(file).c_str(), "w");
    REQUIRE(PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    BIO_free(bio);
  }
  /// Puts the key in `<file>.key` under a password.
  void encrypt_key(const std::string& file, const std::string& password) const {
    BIO* bio = BIO_new_file(path(file + ".key").c_str(), "r+");
    REQUIRE(bio != nullptr);
    const std::unique_ptr<EVP_PKEY, FreeKey> key(
        PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr));
    REQUIRE(key != nullptr);
    REQUIRE(BIO_reset(bio) == 0);
    REQUIRE(PEM_write_bio_PKCS8PrivateKey(bio, key.get(), EVP_aes_256_cbc(), password.data(),
                                          static_cast<int>(password.size()), nullptr,
                                          nullptr) == 1);
    BIO_free(bio);
  }
  std::string path(const std::string& file) const { return folder_ / file; }
  const TemporaryFolder& folder() const { return folder_; }

 private:
  struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  struct FreeCertificate {
    void operator()(X509* certificate) const { X509_free(certificate); }
  };
  struct Identity {
    std::unique_ptr<EVP_PKEY, FreeKey> key;
    std::unique_ptr<X509, FreeCertificate> certificate;
  };

  static void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    REQUIRE(extension != nullptr);
    REQUIRE(X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
  }

  Identity make(const std::string& file, const std::string& common_name, const std::string& names,
                const Identity* issuer) {
    Identity made;
    made.key.reset(EVP_EC_gen("P-256"));
    made.certificate.reset(X509_new());
    X509* certificate = made.certificate.get();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>("Capricorn"), -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                               0);
    X509* signer = issuer ? issuer->certificate.get() : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));
    X509_set_pubkey(certificate, made.key.get());
    const bool authority = !issuer && names.empty();
    extend(certificate, signer, NID_basic_constraints,
           authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!names.empty()) extend(certificate, signer, NID_subject_alt_name, names);
    EVP_PKEY* signing = issuer ? issuer->key.get() : made.key.get();
    REQUIRE(X509_sign(certificate, signing, EVP_sha256()) > 0);
    write(file, made);
    return made;
  }

  void write(const std::string& file, const Identity& identity) {
    BIO* bio = BIO_new_file(path(file + ".pem").c_str(), "w");
    REQUIRE(PEM_write_bio_X509(bio, identity.certificate.get()) == 1);
    BIO_free(bio);
    bio = BIO_new_file(path(file + ".key").c_str(), "w");
    REQUIRE(PEM_write_bio_PrivateKey(bio, identity.key.get(), nullptr, nullptr, 0, nullptr,
                                     nullptr) == 1);
    BIO_free(bio);
  }

  TemporaryFolder folder_;
  Identity ca_;
  long serial_ = 0;
};

}  // namespace capricorn::test
