// SPDX-License-Identifier: MIT
#include "ssl_ocsp.hpp"

#include <openssl/asn1.h>
#include <openssl/ocsp.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

#include "ssl_context_state.hpp"

namespace capricorn {
namespace {

struct Free {
  void operator()(OCSP_RESPONSE* response) const { OCSP_RESPONSE_free(response); }
  void operator()(OCSP_BASICRESP* response) const { OCSP_BASICRESP_free(response); }
};

/// What is said of the certificate itself; null where others are meant.
OCSP_SINGLERESP* find_single(OCSP_BASICRESP* basic, const X509* certificate) {
  for (int i = 0; i < OCSP_resp_count(basic); ++i) {
    OCSP_SINGLERESP* single = OCSP_resp_get0(basic, i);
    auto* id = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single));
    ASN1_INTEGER* serial = nullptr;
    if (OCSP_id_get0_info(nullptr, nullptr, nullptr, &serial, id) == 1 && certificate &&
        ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(certificate)) == 0) {
      return single;
    }
  }
  return nullptr;
}

std::time_t time_of(const ASN1_GENERALIZEDTIME* time) {
  std::tm parts{};
  if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return 0;
  return ::timegm(&parts);
}

/// OpenSSL's callback. What has expired is worse than nothing: clients would refuse us.
int give_response(SSL* ssl, void* data) {
  const auto& response = *static_cast<const StapledResponse*>(data);
  if (response.expires != 0 && response.expires <= std::time(nullptr)) return SSL_TLSEXT_ERR_NOACK;
  const std::size_t size = response.der.size();
  auto* copy = static_cast<unsigned char*>(OPENSSL_malloc(size));
  if (!copy) return SSL_TLSEXT_ERR_NOACK;
  std::ranges::copy(response.der, copy);
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(size));  // its own from now on
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

StapledResponse read_ocsp_response(std::string der, ssl_ctx_st* context) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<OCSP_RESPONSE, Free> response(
      d2i_OCSP_RESPONSE(nullptr, &bytes, static_cast<long>(der.size())));
  if (!response) take_ssl_failure(Which::kFirst).raise();
  const int status = OCSP_response_status(response.get());
  if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
    throw std::invalid_argument(std::string("Expected a successful OCSP response, got ") +
                                OCSP_response_status_str(status) + ".");
  }
  const std::unique_ptr<OCSP_BASICRESP, Free> basic(OCSP_response_get1_basic(response.get()));
  if (!basic) take_ssl_failure(Which::kFirst).raise();
  OCSP_SINGLERESP* single = find_single(basic.get(), SSL_CTX_get0_certificate(context));
  if (!single) throw std::invalid_argument("The OCSP response is for another certificate.");
  ASN1_GENERALIZEDTIME* next = nullptr;
  OCSP_single_get0_status(single, nullptr, nullptr, nullptr, &next);
  return {std::move(der), time_of(next)};
}

void staple(ssl_ctx_st* context, StapledResponse& response) {
  SSL_CTX_set_tlsext_status_cb(context, &give_response);
  SSL_CTX_set_tlsext_status_arg(context, &response);
}

}  // namespace capricorn
