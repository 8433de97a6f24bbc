// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/capricorn.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
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

  /// What is discarded is there for `patience` longer.
  explicit Pictures(std::string folder,
                    std::chrono::steady_clock::duration patience = std::chrono::seconds(10))
      : folder_(std::move(folder)), patience_(patience) {}
  Pictures(const Pictures&) = delete;
  ~Pictures();

  /// Keeps a copy and gives the name of its file. Throws UnsupportedPicture where the bytes are no
  /// PNG, JPEG or WebP, whatever the client says they are, and PictureTooLarge.
  std::string save(const UploadFile& upload);
  void remove(const std::string& file);
  /// The same, later: who was told its name a moment ago is about to open it.
  void discard(std::string file);
  std::string path(const std::string& file) const { return folder_ + "/" + file; }

 private:
  static constexpr std::size_t kMaxDiscarded = 64;  // that take place, however fast they come
  struct Discarded {
    std::string file;
    std::chrono::steady_clock::time_point when;
  };

  const std::string folder_;
  const std::chrono::steady_clock::duration patience_;
  std::mutex mutex_;
  std::deque<Discarded> discarded_;
};

Pictures& get_pictures(Request& request);
using PicturesDep = Depends<on_loop(get_pictures)>;

}  // namespace shop
