// SPDX-License-Identifier: MIT
#include "upload_file.hpp"

#include <stdexcept>
#include <utility>

#include "../loop/errors.hpp"
#include "../loop/to_thread.hpp"

namespace capricorn {
namespace {

using Spool = std::shared_ptr<SpooledFile>;

/// Freeing the blocks of a large file takes the system long: a job for a thread, where there is
/// one that takes it.
void close_in_pool(const Spool& file) noexcept {
  try {
    Loop& loop = get_running_loop();
    const auto close = [file] { file->close(); };
    auto* job = new FunctionJob<decltype(close)>(loop, close);
    bool taken = false;
    try {
      taken = loop.default_executor().try_submit(*job);
    } catch (const RuntimeError&) {  // the pool has ended
    }
    if (taken) return loop.job_leaves();
    job->drop_reference();
  } catch (const std::exception&) {  // no memory: its last owner closes it
  }
}

Task<std::string> read_from(Spool file, std::ptrdiff_t n) {
  if (!file->on_disk()) co_return file->read(n);
  co_return co_await to_thread([file, n] { return file->read(n); });
}

Task<std::size_t> write_to(Spool file, std::string bytes) {
  if (file->fits_in_memory(bytes.size())) co_return file->write(bytes);
  co_return co_await to_thread([file, bytes = std::move(bytes)] { return file->write(bytes); });
}

Task<> seek_in(Spool file, std::int64_t offset) {
  file->seek(offset);  // moves a number of ours
  co_return;
}

Task<> load_file(Spool file) {
  if (file->on_disk())
    co_await to_thread([file] { file->load(); });
  else
    file->load();
}

Task<> close_file(Spool file) {
  if (file->on_disk())
    co_await to_thread([file] { file->close(); });
  else
    file->close();
}

}  // namespace

UploadFile::State::State(std::string filename, Headers headers)
    : filename(std::move(filename)),
      headers(std::move(headers)),
      file(std::make_shared<SpooledFile>(kMaxMemory)) {}

UploadFile::State::~State() {
  if (file->on_disk() && has_running_loop()) close_in_pool(file);
}

UploadFile::UploadFile(std::string filename, Headers headers)
    : state_(std::make_shared<State>(std::move(filename), std::move(headers))) {}

std::optional<std::string_view> UploadFile::content_type() const noexcept {
  return headers().get(HeaderId::kContentType);
}

Task<std::string> UploadFile::read(std::ptrdiff_t n) { return read_from(state_->file, n); }
Task<std::size_t> UploadFile::write(std::string bytes) {
  return write_to(state_->file, std::move(bytes));
}
Task<> UploadFile::seek(std::int64_t offset) { return seek_in(state_->file, offset); }
Task<> UploadFile::load() { return load_file(state_->file); }
Task<> UploadFile::close() { return close_file(state_->file); }

}  // namespace capricorn
