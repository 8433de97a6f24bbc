// SPDX-License-Identifier: MIT
// POST /upload: files of any size up to the route's limit, hashed piece by piece.
#include "upload.hpp"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace demo {

namespace {

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) fail();
  }
  void update(std::string_view bytes) {
    if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) fail();
  }
  std::string hex() {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    if (EVP_DigestFinal_ex(context_.get(), digest.data(), &size) != 1) fail();
    std::string out;
    for (unsigned i = 0; i < size; ++i) out += {kHex[digest[i] >> 4], kHex[digest[i] & 15]};
    return out;
  }

 private:
  [[noreturn]] static void fail() { throw std::runtime_error("SHA-256 failed"); }

  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

Task<Uploaded> hash_file(UploadFile file) {
  Sha256 hash;
  for (;;) {
    const std::string piece = co_await file.read(256 << 10);
    if (piece.empty()) break;
    hash.update(piece);
  }
  co_return Uploaded{file.filename(), std::string(file.content_type().value_or("")), file.size(),
                     hash.hex()};
}

}  // namespace

Task<std::vector<Uploaded>> upload(Request& request) {
  FormData& form = co_await request.form();
  std::vector<Uploaded> files;
  for (const FormData::Item& item : form) {
    if (item.file()) files.push_back(co_await hash_file(item.file()->share()));
  }
  if (files.empty()) throw RequestValidationError({missing_error({"body", "file"})});
  co_return files;
}

}  // namespace demo
