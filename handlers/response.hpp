// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../http/application.hpp"
#include "../http/cookie.hpp"
#include "../http/media_type.hpp"
#include "../loop/async_generator.hpp"
#include "../loop/buffer.hpp"
#include "../loop/task.hpp"
#include "json_write.hpp"

namespace capricorn {

/// Where a streaming response's coroutine writes. Bytes are borrowed until the await returns, which
/// waits while the client reads slowly.
class BodyWriter {
 public:
  explicit BodyWriter(Send& send) noexcept : send_(&send) {}
  ValueTask<void> write(std::string_view bytes);
  /// The head leaves without waiting for the first bytes.
  ValueTask<void> flush();
  /// For bodies that are no bytes in memory: where the pieces go, the last one excepted.
  Send& sink() const noexcept { return *send_; }

 private:
  Send* send_;
};

/// What produces a streaming body. It lives in its Response until the body has ended.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  virtual Task<> run(BodyWriter& writer) = 0;
  /// What is called, for a body that looks at the request while it runs. `receive` may be null.
  virtual Task<> run_for(Scope& scope, Receive* receive, BodyWriter& writer);
  /// Whether it runs for HEAD too, and its bytes are left out.
  virtual bool runs_for_head() const noexcept { return false; }
};

/// An answer: status, headers, and a body that is bytes, a stream or a file. One move-only value;
/// the functions below construct its kinds. Small ones cost no malloc while a loop runs, and those
/// with no field but a usual Content-Type share it: changing headers makes them the answer's own.
class Response {
 public:
  /// Names and values.
  using FieldList = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  explicit Response(int status = 200) noexcept : status_(status) {}
  /// A text/ type without a charset gets UTF-8's.
  Response(int status, Buffer body, std::string_view media_type);
  Response(Response&&) noexcept = default;
  Response& operator=(Response&&) noexcept = default;

  int status() const noexcept { return status_; }
  Response& set_status(int status) noexcept {
    status_ = status;
    return *this;
  }
  Headers& headers() { return own().headers; }
  const Headers& headers() const noexcept { return own_ ? own_->headers : *shared_headers_; }
  /// Behind those that it has; a Content-Type in its place.
  Response& add_headers(FieldList fields);
  std::string_view body() const noexcept { return body_.view(); }
  /// In place of whatever body it had, whose Content-Length goes too. A stream or a file has none
  /// to look at.
  void set_body(Buffer body);
  void set_stream(std::unique_ptr<BodyStream> stream) { own().stream = std::move(stream); }
  void set_file(std::string path) { own().file = std::move(path); }
  bool is_stream() const noexcept { return own_ && own_->stream; }
  /// Neither a stream nor a file: `whole` is all there is to send.
  bool is_whole() const noexcept { return !own_ || (!own_->stream && own_->file.empty()); }
  /// Borrows from this.
  WholeResponse whole() const noexcept { return {status_, headers(), body()}; }

  /// Adds a Set-Cookie field. Throws std::invalid_argument for what a browser would misread or
  /// refuse; see format_set_cookie.
  Response& set_cookie(std::string_view key, std::string_view value,
                       const CookieOptions& options = {});
  /// Tells the browser to forget it; path, domain and the flags are those it was set with.
  Response& delete_cookie(std::string_view key, CookieOptions options = {});

  /// Answers with this; it outlives the task. A stream is not run for HEAD; without `receive` it
  /// does not see the client leave.
  CAPRICORN_CORO_WRAPPER Task<> send(Scope& scope, Send& send) {
    return send_to(scope, nullptr, send);
  }
  CAPRICORN_CORO_WRAPPER Task<> send(Scope& scope, Receive& receive, Send& send) {
    return send_to(scope, &receive, send);
  }

 private:
  /// What most answers do without: a Response is moved from coroutine to coroutine.
  struct Own {
    explicit Own(const Headers& shared) : headers(shared.clone()) {}
    static void* operator new(std::size_t size) { return FramePool::allocate(size); }
    static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }

    Headers headers;
    std::unique_ptr<BodyStream> stream;
    std::string file;
  };

  Own& own() {
    if (!own_) own_ = std::make_unique<Own>(*shared_headers_);
    return *own_;
  }
  Task<> send_to(Scope& scope, Receive* receive, Send& send);
  Task<> send_stream(Scope& scope, Receive* receive, Send& send);
  Task<> send_file(Scope& scope, Send& send);

  static const Headers kNoHeaders;

  int status_;
  const Headers* shared_headers_ = &kNoHeaders;
  Buffer body_;
  std::unique_ptr<Own> own_;
};

namespace detail {

/// A text/ type that has none gets UTF-8's.
std::string with_charset(std::string_view media_type);

}  // namespace detail

Response PlainTextResponse(std::string_view text, int status = 200,
                           Response::FieldList headers = {});
Response HTMLResponse(std::string_view html, int status = 200, Response::FieldList headers = {});
/// `url` is percent-encoded where it has to be.
Response RedirectResponse(std::string_view url, int status = 307, Response::FieldList headers = {});
/// To the same address with a slash at its end, or without those that it has; the query is kept.
Response redirect_slashes(const Scope& scope);

struct FileResponseOptions {
  std::string_view media_type = {};  // "": guessed from the file's name
  std::string_view filename = {};    // what the client saves it as; "": it is not told
  std::string_view content_disposition_type = "attachment";  // or "inline": shown, not saved
  int status = 200;
  Response::FieldList headers = {};
};
/// Opened when it is sent; 404 where it is no readable regular file. Has an ETag and a
/// Last-Modified, and answers conditional requests and ranges.
Response FileResponse(std::string path, FileResponseOptions options = {});
Response FileResponse(std::string path, std::string_view media_type);

template <class T>
concept JsonValue = Describable<std::remove_cvref_t<T>> || std::convertible_to<T, std::string_view>;

template <JsonValue T>
Response JSONResponse(const T& value, int status = 200, Response::FieldList headers = {}) {
  Buffer body;
  body.prepare(500);  // most answers are shorter, and each growth moves what is there
  if constexpr (Describable<T>)
    write_json(body, value);
  else
    write_json_string(body, value);
  Response response(status, std::move(body), "application/json");
  if (headers.size() != 0) response.add_headers(headers);
  return response;
}
/// Of whatever JSON; include <nlohmann/json.hpp> to make one. Text that is no UTF-8 becomes U+FFFD,
/// and a number that is none, null.
Response JSONResponse(const nlohmann::json& value, int status = 200,
                      Response::FieldList headers = {});

namespace detail {
template <class F>
class FunctionStream final : public BodyStream {
 public:
  explicit FunctionStream(F function) : function_(std::move(function)) {}
  Task<> run(BodyWriter& writer) override { co_await function_(writer); }

 private:
  F function_;
};
}  // namespace detail

/// A text/ type without a charset gets UTF-8's.
Response streaming_response(std::unique_ptr<BodyStream> body, std::string_view media_type,
                            int status, Response::FieldList headers = {});

/// `stream` is a coroutine `Task<>(BodyWriter&)`; it is kept until it ended, captures included.
template <class F>
Response StreamingResponse(F stream, std::string_view media_type = "", int status = 200,
                           Response::FieldList headers = {}) {
  static_assert(std::is_invocable_r_v<Task<>, F&, BodyWriter&>,
                "StreamingResponse takes a coroutine Task<>(BodyWriter&)");
  return streaming_response(std::make_unique<detail::FunctionStream<F>>(std::move(stream)),
                            media_type, status, headers);
}
/// The pieces that a generator yields, each sent before the next is asked for.
Response StreamingResponse(AsyncGenerator<std::string> pieces, std::string_view media_type = "",
                           int status = 200, Response::FieldList headers = {});

}  // namespace capricorn
