// SPDX-License-Identifier: MIT
#include "request_decompression.hpp"

#include <optional>
#include <stdexcept>
#include <string>

#include "../../http/content_coding.hpp"
#include "../../http/decoder.hpp"
#include "../../http/field_value.hpp"
#include "../../http/status.hpp"
#include "../errors.hpp"
#include "../watched_send.hpp"

namespace capricorn {
namespace {

/// What one chunk has at the most: a bomb goes off slowly.
constexpr std::size_t kPiece = 65536;
/// So many bytes may come of little.
constexpr std::uint64_t kRatioFrom = 65536;

/// One that we do not know, or more than one.
struct UnknownCoding {};

/// Throws UnknownCoding.
ContentCoding request_coding(const Headers& headers) {
  ContentCoding found = ContentCoding::kIdentity;
  for (const Headers::Field field : headers) {
    if (field.name != "content-encoding") continue;
    for (std::string_view list = field.value; !list.empty();) {
      const std::string_view member = take_member(list);
      if (member.empty()) continue;
      const auto coding = parse_coding(member);
      if (!coding) throw UnknownCoding();
      if (*coding == ContentCoding::kIdentity) continue;
      if (found != ContentCoding::kIdentity) throw UnknownCoding();
      found = *coding;
    }
  }
  return found;
}

/// That a coding was taken off a request's fields, and by whom: a middleware outside may call the
/// application again, with the body as it came.
struct TakenCoding {
  const Application* by;
  ContentCoding coding;
};

/// What comes decoded is told as if it had come so. Throws UnknownCoding.
ContentCoding take_coding(Scope& scope, const Application& taker) {
  const ContentCoding coding = request_coding(scope.headers);
  if (coding == ContentCoding::kIdentity) {
    const auto* before = scope.extensions.get<TakenCoding>();
    return before && before->by == &taker ? before->coding : coding;
  }
  scope.headers.remove("content-encoding");
  scope.headers.remove("content-length");  // that of other bytes
  scope.extensions.emplace<TakenCoding>(&taker, coding);
  return coding;
}

/// The body, decoded, in pieces that live until the next call.
class DecodingReceive final : public Receive {
 public:
  DecodingReceive(const Scope& scope, RequestDecompressionOptions options, ContentCoding coding,
                  Receive& next)
      : scope_(scope),
        options_(options),
        coding_(coding),
        next_(next),
        decoder_(Decoder::make(coding)) {}

  ValueTask<ReceiveEvent> operator()() override {
    if (ended_) return next_();
    return next_piece();
  }

 private:
  Task<ReceiveEvent> next_piece() {
    while (true) {
      out_.clear();
      decode();
      if (out_.size() == kPiece) co_return HttpRequest{out_.view(), true};
      if (!more_input_) {
        if (taken_ > 0 && !decoder_->complete()) refuse("it ends too early");
        ended_ = true;
        co_return HttpRequest{out_.view(), false, trailers_};
      }
      if (!out_.empty()) co_return HttpRequest{out_.view(), true};
      ReceiveEvent event = co_await next_();
      const auto* request = std::get_if<HttpRequest>(&event);
      if (!request) {
        ended_ = true;
        co_return event;
      }
      input_ = request->body;
      more_input_ = request->more_body;
      trailers_ = request->trailers;
      taken_ += input_.size();
    }
  }

  void decode() {
    try {
      decoder_->decode(input_, kPiece, out_);
    } catch (const std::runtime_error& error) {
      refuse(error.what());
    }
    given_ += out_.size();
    const std::uint64_t limit = options_.max_size > 0 ? options_.max_size : scope_.max_body;
    const bool bomb =
        options_.max_ratio > 0 && given_ > kRatioFrom && given_ / options_.max_ratio > taken_;
    if (bomb || (limit > 0 && given_ > limit)) throw HTTPException(413);
  }

  [[noreturn]] void refuse(const std::string& reason) const {
    throw HTTPException(400, "The body is no " + std::string(coding_name(coding_)) + ": " + reason);
  }

  const Scope& scope_;
  RequestDecompressionOptions options_;
  ContentCoding coding_;
  Receive& next_;
  std::unique_ptr<Decoder> decoder_;
  Buffer out_;
  std::string_view input_;
  const Headers* trailers_ = nullptr;
  std::uint64_t taken_ = 0;
  std::uint64_t given_ = 0;
  bool more_input_ = true;
  bool ended_ = false;
};

Response unsupported() {
  Response response = error_response(415, reason_phrase(415));
  response.headers().append("accept-encoding", "gzip, deflate, br, zstd");
  return response;
}

}  // namespace

RequestDecompression::RequestDecompression(std::unique_ptr<Application> application,
                                           RequestDecompressionOptions options)
    : owned_(std::move(application)), next_(*owned_), options_(options) {}
RequestDecompression::RequestDecompression(Application& next, RequestDecompressionOptions options)
    : next_(next), options_(options) {}

Task<> RequestDecompression::operator()(Scope& scope, Receive& receive, Send& send) {
  std::optional<Response> refusal;
  ContentCoding coding = ContentCoding::kIdentity;
  try {
    if (scope.type == Scope::Type::kHttp) coding = take_coding(scope, *this);
  } catch (const UnknownCoding&) {
    refusal = unsupported();
  }
  if (!refusal && coding == ContentCoding::kIdentity) {
    co_await next_(scope, receive, send);
    co_return;
  }
  if (!refusal) {
    DecodingReceive decoding(scope, options_, coding, receive);
    WatchedSend watched(send);
    try {
      co_await next_(scope, decoding, watched);
    } catch (const HTTPException& exception) {
      if (watched.started()) throw;
      refusal = response_for(exception);
    }
  }
  if (refusal) co_await refusal->send(scope, send);
}

}  // namespace capricorn
