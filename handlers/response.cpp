// SPDX-License-Identifier: MIT
#include "response.hpp"

#include <fcntl.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "../http/content_disposition.hpp"
#include "../http/field_value.hpp"
#include "../http/status.hpp"
#include "../http/url.hpp"
#include "errors.hpp"
#include "open_file.hpp"

namespace capricorn {
namespace {

/// What a Location has besides unreserved characters, escapes included.
constexpr std::string_view kInLocation = ":/?#[]@!$&'()*+,;=%";

struct SharedHeaders {
  std::string_view media_type;
  Headers headers{{"content-type", media_type}};
};
// Made before any loop runs, and so in no loop's memory.
const SharedHeaders kShared[] = {
    {"application/json"}, {"text/plain; charset=utf-8"}, {"text/html; charset=utf-8"}};

/// Null for a type that is not usual.
const Headers* shared_headers(std::string_view media_type) noexcept {
  for (const SharedHeaders& shared : kShared) {
    if (shared.media_type == media_type) return &shared.headers;
  }
  return nullptr;
}

/// Negative, and errno, where it cannot. The system would take what stands before a null character.
int open_to_read(const std::string& path) noexcept {
  if (!path.contains('\0')) return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  errno = ENOENT;
  return -1;
}

}  // namespace

std::string detail::with_charset(std::string_view media_type) {
  std::string type(media_type);
  if (type.starts_with("text/") && type.find("charset=") == std::string::npos) {
    type += "; charset=utf-8";
  }
  return type;
}

const Headers Response::kNoHeaders;

ValueTask<void> BodyWriter::write(std::string_view bytes) {
  if (bytes.empty()) return {};
  return (*send_)(ResponseBody{bytes, true});
}

ValueTask<void> BodyWriter::flush() { return (*send_)(ResponseBody{{}, true}); }

Response::Response(int status, Buffer body, std::string_view media_type)
    : status_(status), body_(std::move(body)) {
  if (const Headers* shared = shared_headers(media_type))
    shared_headers_ = shared;
  else
    headers().append("content-type", detail::with_charset(media_type));
}

Response& Response::add_headers(FieldList fields) {
  for (const auto& [name, value] : fields) {
    if (equals_ignoring_case(name, "content-type"))
      headers().set(name, value);
    else
      headers().append(name, value);
  }
  return *this;
}

void Response::set_body(Buffer body) {
  body_ = std::move(body);
  if (!own_) return;
  own_->stream.reset();
  own_->file.clear();
  own_->headers.remove("content-length");
}

Response PlainTextResponse(std::string_view text, int status, Response::FieldList headers) {
  Response response(status, Buffer(text), "text/plain; charset=utf-8");
  if (headers.size() != 0) response.add_headers(headers);
  return response;
}

// Text that is not UTF-8 is U+FFFD in its place, as in a model's.
constexpr auto kReplace = nlohmann::json::error_handler_t::replace;

Response JSONResponse(const nlohmann::json& value, int status, Response::FieldList headers) {
  Response response(status, Buffer(value.dump(-1, ' ', false, kReplace)), "application/json");
  if (headers.size() != 0) response.add_headers(headers);
  return response;
}

Response streaming_response(std::unique_ptr<BodyStream> body, std::string_view media_type,
                            int status, Response::FieldList headers) {
  Response response(status);
  if (!media_type.empty())
    response.headers().append("content-type", detail::with_charset(media_type));
  response.set_stream(std::move(body));
  return std::move(response.add_headers(headers));
}

Response HTMLResponse(std::string_view html, int status, Response::FieldList headers) {
  Response response(status, Buffer(html), "text/html; charset=utf-8");
  if (headers.size() != 0) response.add_headers(headers);
  return response;
}

Response RedirectResponse(std::string_view url, int status, Response::FieldList headers) {
  Response response(status);
  response.headers().append("location", percent_encode(url, kInLocation));
  return std::move(response.add_headers(headers));
}

Response redirect_slashes(const Scope& scope) {
  std::string url(scope.raw_path);
  if (url.ends_with('/'))
    url.erase(url.find_last_not_of('/') + 1);
  else
    url += '/';
  if (!scope.query_string.empty()) url.append("?").append(scope.query_string);
  // "//host" would be another site's address.
  const std::size_t first = url.find_first_not_of('/');
  return RedirectResponse("/" + (first == std::string::npos ? "" : url.substr(first)));
}

Response FileResponse(std::string path, FileResponseOptions options) {
  Response response(options.status);
  const std::string_view name = options.filename.empty() ? path : options.filename;
  response.headers().append("content-type", options.media_type.empty()
                                                ? std::string(guess_media_type(name))
                                                : detail::with_charset(options.media_type));
  if (!options.filename.empty()) {
    response.headers().append(
        "content-disposition",
        content_disposition(options.content_disposition_type, options.filename));
  }
  response.set_file(std::move(path));
  return std::move(response.add_headers(options.headers));
}

Response FileResponse(std::string path, std::string_view media_type) {
  return FileResponse(std::move(path), FileResponseOptions{.media_type = media_type});
}

Response& Response::set_cookie(std::string_view key, std::string_view value,
                               const CookieOptions& options) {
  headers().append("set-cookie", format_set_cookie(key, value, options));
  return *this;
}

Response& Response::delete_cookie(std::string_view key, CookieOptions options) {
  options.max_age = std::chrono::seconds(0);
  options.expires = std::chrono::system_clock::time_point();
  return set_cookie(key, "", options);
}

Task<> BodyStream::run_for(Scope&, Receive*, BodyWriter& writer) { co_await run(writer); }

Task<> Response::send_to(Scope& scope, Receive* receive, Send& send) {
  if (is_stream()) {
    co_await send_stream(scope, receive, send);
  } else if (!is_whole()) {
    co_await send_file(scope, send);
  } else {
    const SendEvent event = whole();
    co_await send(event);
  }
}

Task<> Response::send_stream(Scope& scope, Receive* receive, Send& send) {
  BodyStream& stream = *own_->stream;
  const SendEvent start = ResponseStart{status_, own_->headers};
  co_await send(start);
  if (scope.method != Method::kHead || stream.runs_for_head()) {
    BodyWriter writer(send);
    co_await stream.run_for(scope, receive, writer);
  }
  const SendEvent end = ResponseBody{};
  co_await send(end);
}

Task<> Response::send_file(Scope& scope, Send& send) {
  const OpenFile file(open_to_read(own_->file));
  if (!file.is_regular()) {
    const int status = file ? 404 : status_of_open_error(errno);
    Response missing = error_response(status, reason_phrase(status));
    co_await missing.send(scope, send);
    co_return;
  }
  co_await send_open_file(file, status_, own_->headers, scope, send);
}

}  // namespace capricorn
