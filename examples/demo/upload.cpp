// SPDX-License-Identifier: MIT
// POST /upload: files of any size up to the route's limit, hashed piece by piece.
#include "upload.hpp"

#include <capricorn/http/hash.hpp>

namespace demo {

namespace {

Task<Uploaded> hash_file(UploadFile file) {
  Hasher hash(HashAlgorithm::kSha256);
  for (;;) {
    const std::string piece = co_await file.read(256 << 10);
    if (piece.empty()) break;
    hash.update(piece);
  }
  co_return Uploaded{file.filename(), std::string(file.content_type().value_or("")), file.size(),
                     hash.hexdigest()};
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
