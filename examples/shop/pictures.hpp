// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/capricorn.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace shop {

using namespace capricorn;

struct UnsupportedPicture : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct PictureTooLarge : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The pictures' folder. Its files have names of our own making: what the client calls a file is
/// nobody's business. Any thread; everything blocks.
class Pictures {
 public:
  static constexpr std::uint64_t kMaxSize = 2 << 20;

  explicit Pictures(std::string folder) : folder_(std::move(folder)) {}

  /// Keeps a copy and gives the name of its file. Throws UnsupportedPicture where the bytes are no
  /// PNG, JPEG or WebP, whatever the client says they are, and PictureTooLarge.
  std::string save(const UploadFile& upload);
  void remove(const std::string& file);
  std::string path(const std::string& file) const { return folder_ + "/" + file; }

 private:
  std::string folder_;
};

Pictures& get_pictures(Request& request);
using PicturesDep = Depends<on_loop(get_pictures)>;

}  // namespace shop
