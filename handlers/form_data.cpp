// SPDX-License-Identifier: MIT
#include "form_data.hpp"

#include <ranges>

#include "../http/field_value.hpp"
#include "../http/header_parameters.hpp"
#include "../http/multipart.hpp"
#include "../http/urlencoded.hpp"
#include "errors.hpp"
#include "request.hpp"

namespace capricorn {

void FormData::append(std::string name, std::string value) {
  items_.push_back({std::move(name), std::move(value)});
}

void FormData::append(std::string name, UploadFile file) {
  items_.push_back({std::move(name), std::move(file)});
}

const FormData::Item* FormData::find(std::string_view name) const noexcept {
  for (const Item& item : std::views::reverse(items_)) {
    if (item.name == name) return &item;
  }
  return nullptr;
}

std::optional<std::string_view> FormData::get(std::string_view name) const noexcept {
  const Item* item = find(name);
  if (!item || !item->text()) return std::nullopt;
  return *item->text();
}

std::vector<std::string_view> FormData::getlist(std::string_view name) const {
  std::vector<std::string_view> texts;
  for (const Item& item : items_) {
    if (item.name == name && item.text()) texts.push_back(*item.text());
  }
  return texts;
}

std::optional<UploadFile> FormData::file(std::string_view name) const {
  const Item* item = find(name);
  if (!item || !item->file()) return std::nullopt;
  return item->file()->share();
}

std::vector<UploadFile> FormData::files(std::string_view name) const {
  std::vector<UploadFile> files;
  for (const Item& item : items_) {
    if (item.name == name && item.file()) files.push_back(item.file()->share());
  }
  return files;
}

namespace {

// What goes to the disk goes in pieces of this size at least.
constexpr std::size_t kDiskPiece = 65536;

[[noreturn]] void refuse(std::string sentence) { throw HTTPException(400, std::move(sentence)); }

std::string too_many(const char* what, std::size_t limit) {
  return std::string("Too many ") + what + ". Maximum number of " + what + " is " +
         std::to_string(limit) + ".";
}

std::string too_large(const char* what, std::size_t limit) {
  return std::string(what) + " exceeded maximum size of " + std::to_string(limit / 1024) + "KB.";
}

/// Fills a FormData from the request's body; lives as long as its `read`.
class FormReader {
 public:
  FormReader(Request& request, FormLimits limits) noexcept : request_(request), limits_(limits) {}

  Task<FormData> read();

 private:
  Task<std::optional<std::string_view>> next_piece();
  Task<> read_multipart(std::string boundary);
  Task<> read_parts(MultipartParser& parser);
  void begin_part(MultipartPart& part);
  void end_field();
  Task<> write_file(std::string_view bytes);
  Task<> end_file();
  Task<> read_urlencoded();
  void read_pairs(UrlencodedParser& parser);
  void count_field();

  Request& request_;
  const FormLimits limits_;
  FormData form_;
  bool loaded_given_ = false;
  std::size_t files_ = 0;
  std::size_t fields_ = 0;

  // Part
  std::string name_;
  UploadFile file_;   // none: a field
  std::string text_;  // of the field; of the file, what is still to be written to the disk
};

Task<FormData> FormReader::read() {
  const std::string_view type =
      request_.headers().get(HeaderId::kContentType).value_or(std::string_view());
  const std::string_view media_type = HeaderParameters(type).type();
  if (equals_ignoring_case(media_type, "multipart/form-data")) {
    std::string boundary = multipart_boundary(type);
    if (boundary.empty()) refuse("Missing boundary in multipart.");
    co_await read_multipart(std::move(boundary));
  } else if (equals_ignoring_case(media_type, "application/x-www-form-urlencoded")) {
    co_await read_urlencoded();
  }
  co_return std::move(form_);
}

/// What was read of the body before comes first.
Task<std::optional<std::string_view>> FormReader::next_piece() {
  if (!std::exchange(loaded_given_, true) && !request_.loaded_body().empty()) {
    co_return request_.loaded_body();
  }
  co_return co_await request_.next_chunk();
}

Task<> FormReader::read_multipart(std::string boundary) {
  MultipartParser parser(boundary, limits_.max_part_head);
  for (;;) {
    const std::optional<std::string_view> piece = co_await next_piece();
    if (!piece) break;
    parser.feed(*piece);
    co_await read_parts(parser);
  }
  if (!parser.complete()) refuse("There was an error parsing the body");
}

Task<> FormReader::read_parts(MultipartParser& parser) {
  using Event = MultipartParser::Event;
  for (Event event = parser.next(); event != Event::kMore; event = parser.next()) {
    if (event == Event::kError) refuse(std::string(parser.error()));
    if (event == Event::kPart) {
      begin_part(parser.part());
    } else if (event == Event::kData && !file_) {
      if (text_.size() + parser.data().size() > limits_.max_part_size) {
        refuse(too_large("Part", limits_.max_part_size));
      }
      text_ += parser.data();
    } else if (event == Event::kData) {
      // Most pieces need no coroutine.
      if (text_.empty() && file_.file().fits_in_memory(parser.data().size()))
        file_.file().write(parser.data());
      else
        co_await write_file(parser.data());
    } else if (file_) {
      co_await end_file();
    } else {
      end_field();
    }
  }
}

void FormReader::begin_part(MultipartPart& part) {
  name_ = std::move(part.name);
  text_.clear();
  if (!part.filename) return count_field();
  if (++files_ > limits_.max_files) refuse(too_many("files", limits_.max_files));
  file_ = UploadFile(std::move(*part.filename), std::move(part.headers));
}

void FormReader::count_field() {
  if (++fields_ > limits_.max_fields) refuse(too_many("fields", limits_.max_fields));
}

void FormReader::end_field() { form_.append(std::move(name_), std::exchange(text_, {})); }

/// `bytes` live until the body's next piece is asked for, which waits for this; a thread may take
/// longer, hence the copy.
Task<> FormReader::write_file(std::string_view bytes) {
  text_ += bytes;
  if (text_.size() >= kDiskPiece) co_await file_.write(std::exchange(text_, {}));
}

Task<> FormReader::end_file() {
  if (!text_.empty()) co_await file_.write(std::exchange(text_, {}));
  file_.file().seek(0);
  form_.append(std::move(name_), std::exchange(file_, {}));
}

Task<> FormReader::read_urlencoded() {
  UrlencodedParser parser(limits_.max_part_size);
  for (;;) {
    const std::optional<std::string_view> piece = co_await next_piece();
    if (!piece) break;
    parser.feed(*piece);
    read_pairs(parser);
  }
  parser.finish();
  read_pairs(parser);
}

void FormReader::read_pairs(UrlencodedParser& parser) {
  using Event = UrlencodedParser::Event;
  for (Event event = parser.next(); event != Event::kMore; event = parser.next()) {
    if (event == Event::kTooLarge) refuse(too_large("Field", limits_.max_part_size));
    count_field();
    form_.append(std::move(parser.pair().first), std::move(parser.pair().second));
  }
}

}  // namespace

Task<FormData> read_form(Request& request, FormLimits limits) {
  FormReader reader(request, limits);
  co_return co_await reader.read();
}

}  // namespace capricorn
