// SPDX-License-Identifier: MIT
#include "pictures.hpp"

#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace shop {
namespace {

/// By the first bytes; "" for none of them.
std::string_view extension_of(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return ".png";
  if (bytes.starts_with("\xff\xd8\xff")) return ".jpg";
  if (bytes.starts_with("RIFF") && bytes.substr(8).starts_with("WEBP")) return ".webp";
  return "";
}

}  // namespace

std::string Pictures::save(const UploadFile& upload) {
  if (upload.size() > kMaxSize) {
    throw PictureTooLarge("A picture has at most " + std::to_string(kMaxSize) + " bytes");
  }
  SpooledFile& source = upload.file();
  source.seek(0);
  const std::string bytes = source.read();
  const std::string_view extension = extension_of(bytes);
  if (extension.empty()) throw UnsupportedPicture("A picture is a PNG, a JPEG or a WebP");
  const std::string file = secrets::token_hex(16) + std::string(extension);
  std::ofstream out(path(file), std::ios::binary);
  if (!out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush()) {
    remove(file);
    throw std::runtime_error("the picture could not be written");
  }
  return file;
}

void Pictures::remove(const std::string& file) {
  std::error_code ignored;  // a file that stays is of no harm: nothing refers to it
  std::filesystem::remove(path(file), ignored);
}

void Pictures::discard(std::string file) {
  std::deque<Discarded> over;
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    discarded_.push_back({std::move(file), now});
    while (!discarded_.empty() &&
           (discarded_.front().when + patience_ <= now || discarded_.size() > kMaxDiscarded)) {
      over.push_back(std::move(discarded_.front()));
      discarded_.pop_front();
    }
  }
  for (const Discarded& each : over) remove(each.file);
}

Pictures::~Pictures() {
  for (const Discarded& each : discarded_) remove(each.file);
}

Pictures& get_pictures(Request& request) { return request.app().state().get<Pictures>(); }

}  // namespace shop
