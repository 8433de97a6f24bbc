// SPDX-License-Identifier: MIT
#include "generated_body.hpp"

#include "../loop/finally_async.hpp"

namespace capricorn {
namespace detail {

Task<> GeneratedBody::run(BodyWriter& writer) {
  co_await finally_async(
      [this, &writer]() -> Task<> {
        Buffer piece;
        while (co_await append_next(piece)) {
          co_await writer.write(piece.view());
          piece.clear();
        }
      },
      [this]() -> Task<> { co_await close(); });
}

Response json_lines_response(std::unique_ptr<BodyStream> body, int status) {
  Response response(status);
  response.headers().append("content-type", "application/jsonl");
  response.set_stream(std::move(body));
  return response;
}

namespace {

/// Bytes as they are.
class TextBody final : public GeneratedBody {
 public:
  explicit TextBody(AsyncGenerator<std::string> pieces) : pieces_(std::move(pieces)) {}

 protected:
  Task<bool> append_next(Buffer& out) override {
    const std::optional<std::string> piece = co_await pieces_.next();
    if (piece) out.append(*piece);
    co_return piece.has_value();
  }
  Task<> close() override { co_await pieces_.aclose(); }

 private:
  AsyncGenerator<std::string> pieces_;
};

}  // namespace
}  // namespace detail

Response StreamingResponse(AsyncGenerator<std::string> pieces, std::string_view media_type,
                           int status, Response::FieldList headers) {
  return streaming_response(std::make_unique<detail::TextBody>(std::move(pieces)), media_type,
                            status, headers);
}

}  // namespace capricorn
