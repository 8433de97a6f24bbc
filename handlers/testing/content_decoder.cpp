// SPDX-License-Identifier: MIT
#include "content_decoder.hpp"

#include <algorithm>
#include <stdexcept>

#include "../../http/content_coding.hpp"
#include "../../http/field_value.hpp"

namespace capricorn::detail {

ContentDecoder::ContentDecoder(const Headers& headers) {
  for (const Headers::Field field : headers) {
    if (field.name != "content-encoding") continue;
    for (std::string_view list = field.value; !list.empty();) {
      const std::string_view name = take_member(list);
      const auto coding = parse_coding(name);
      if (!coding && !name.empty()) {
        decoders_.clear();
        return;
      }
      if (coding && *coding != ContentCoding::kIdentity) {
        decoders_.push_back(Decoder::make(*coding));
      }
    }
  }
  std::ranges::reverse(decoders_);
}

std::string ContentDecoder::decode(std::string_view bytes) {
  constexpr std::size_t kPiece = 65536;
  std::string from(bytes);
  for (const auto& decoder : decoders_) {
    std::string_view left = from;
    Buffer out;
    std::size_t before = 0;
    do {
      before = out.size();
      decoder->decode(left, kPiece, out);
    } while (out.size() - before == kPiece);
    from = out.view();
  }
  return from;
}

void ContentDecoder::finish() const {
  const auto complete = [](const auto& decoder) { return decoder->complete(); };
  if (!std::ranges::all_of(decoders_, complete)) {
    throw std::runtime_error("the response's content encoding ends too early");
  }
}

}  // namespace capricorn::detail
