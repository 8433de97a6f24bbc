// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../../http/decoder.hpp"
#include "../../http/headers.hpp"

namespace capricorn::detail {

/// Undoes the content codings of an answer, piece by piece. One with a coding that we do not know
/// stays as it is.
class ContentDecoder {
 public:
  explicit ContentDecoder(const Headers& headers);

  bool decodes() const noexcept { return !decoders_.empty(); }
  /// What these bytes become; some may be held back. Throws std::runtime_error for bytes of another
  /// coding.
  std::string decode(std::string_view bytes);
  /// The body has ended; throws std::runtime_error where its coding has not.
  void finish() const;

 private:
  std::vector<std::unique_ptr<Decoder>> decoders_;  // what was applied last comes first
};

}  // namespace capricorn::detail
