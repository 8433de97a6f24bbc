// SPDX-License-Identifier: MIT
#include "compressing_send.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "../../http/conditional.hpp"
#include "../../http/encoder.hpp"
#include "../../http/field_value.hpp"
#include "../../http/media_type.hpp"
#include "../../loop/parse_number.hpp"
#include "../../loop/platform.hpp"
#include "../../loop/shield.hpp"
#include "../../loop/to_thread.hpp"

namespace capricorn {
namespace {

/// What is compressed where it stands: a millisecond or two at the most.
constexpr std::size_t kOnLoop = 65536;
/// What a job of the pool takes at once.
constexpr std::size_t kPiece = 262144;

std::optional<std::uint64_t> content_length(const Headers& headers) {
  const auto text = headers.get(HeaderId::kContentLength);
  return text ? parse_number<std::uint64_t>(*text) : std::nullopt;
}

bool is_event_stream(std::string_view content_type) {
  const std::string_view type = trim_ows(content_type.substr(0, content_type.find(';')));
  return equals_ignoring_case(type, "text/event-stream");
}

bool may_be_encoded(int status, const Headers& headers) {
  // 206 holds bytes of the form that is not encoded.
  if (status < 200 || status == 204 || status == 205 || status == 206 || status == 304)
    return false;
  for (const Headers::Field field : headers) {
    // A digest is one of the bytes as they are (RFC 9530).
    if (field.name == "content-encoding" || field.name == "content-range" ||
        field.name == "content-digest" || field.name == "repr-digest") {
      return false;
    }
  }
  return !lists_token(headers, "cache-control", "no-transform");
}

/// All of the range, or std::runtime_error.
void read_file(int fd, std::uint64_t offset, std::size_t size, Buffer& to) {
  if (read_from_file(fd, to.prepare(size), size, static_cast<off_t>(offset)) < size) {
    throw std::runtime_error("The file to send became shorter, or cannot be read");
  }
  to.commit(size);
}

template <class F>
Task<> in_pool(F job) {
  co_await run_in_executor(nullptr, std::move(job));
}

}  // namespace

struct CompressingSend::Work {
  std::unique_ptr<Encoder> encoder;
  Buffer in;
  Buffer out;
  int fd = -1;  // its own, for the application closes the file when the request ends

  Work() = default;
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  ~Work() {
    if (fd >= 0) ::close(fd);
  }
  void open(int file) {
    fd = ::fcntl(file, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "fcntl F_DUPFD_CLOEXEC");
  }
};

ValueTask<void> CompressingSend::operator()(const SendEvent& event) {
  if (step_ == Step::kPassing) return next_(event);
  const auto* whole = std::get_if<WholeResponse>(&event);
  if (whole && step_ == Step::kStart) {
    return send_whole(whole->status, whole->headers, whole->body);
  }
  const auto* start = std::get_if<ResponseStart>(&event);
  if (start && step_ == Step::kStart) {
    hold(*start);
    return {};
  }
  if (step_ == Step::kStart) return next_(event);  // which knows what is wrong with it
  const bool held = step_ == Step::kHeld;
  if (const auto* body = std::get_if<ResponseBody>(&event)) {
    if (!held) return send_piece(body->body, body->more_body);
    return body->more_body ? ValueTask<void>(send_first(body->body))
                           : send_whole(status_, held_, body->body);
  }
  if (const auto* range = std::get_if<FileRange>(&event)) {
    return held ? send_first_file(*range) : send_file(*range);
  }
  if (start || whole) {
    throw std::logic_error(
        "Expected ASGI message 'http.response.body', but got 'http.response.start'.");
  }
  return next_(event);
}

void CompressingSend::hold(const ResponseStart& start) {
  step_ = Step::kHeld;
  status_ = start.status;
  held_ = start.headers.clone();
}

CompressingSend::Plan CompressingSend::plan(int status, const Headers& headers,
                                            std::optional<std::uint64_t> size) {
  if (status == 304) return plan_of_304(headers);
  // RFC 9110, 15.3.7: the fields that a 200 would have.
  if (status == 206 && is_compressible(headers.get(HeaderId::kContentType).value_or(""))) {
    return Plan::kVary;
  }
  if (!may_be_encoded(status, headers) || size == 0) return Plan::kUntouched;
  const AcceptEncoding accepted(scope_.headers);
  coding_ = accepted.best(options_.codings);
  identity_refused_ = accepted.refuses_identity();
  // Better a needless effort than an answer that the client cannot read.
  if (identity_refused_ && coding_ != ContentCoding::kIdentity) return Plan::kEncode;
  const std::string_view type = headers.get(HeaderId::kContentType).value_or("");
  if (!is_compressible(type) || (is_event_stream(type) && !options_.event_streams)) {
    return Plan::kUntouched;
  }
  if (size && *size < options_.minimum_size) return Plan::kUntouched;
  return coding_ == ContentCoding::kIdentity ? Plan::kVary : Plan::kEncode;
}

/// RFC 9110, 15.4.5: the fields that a 200 would have. Of what type that would be is not known: it
/// may vary.
CompressingSend::Plan CompressingSend::plan_of_304(const Headers& headers) {
  const auto etag = headers.get("etag");
  if (!etag && !headers.get("last-modified")) return Plan::kUntouched;
  if (!etag || is_weak_etag(*etag)) return Plan::kVary;
  const std::string weak = "W/" + std::string(*etag);
  return lists_etag(scope_.headers, "if-none-match", weak) ? Plan::kConfirm : Plan::kVary;
}

void CompressingSend::take_headers(const Headers& headers, Plan plan) {
  const bool encoded = plan == Plan::kEncode;
  headers_ = headers.clone();
  if (encoded) {
    headers_.remove("content-length");
    headers_.remove("accept-ranges");
    headers_.append("content-encoding", coding_name(coding_));
  }
  if (plan != Plan::kUntouched) add_vary(headers_, "Accept-Encoding");
  if (!encoded && plan != Plan::kConfirm) return;
  const auto etag = headers_.get("etag");
  if (etag && !is_weak_etag(*etag)) headers_.set("etag", "W/" + std::string(*etag));
}

void CompressingSend::begin_encoding(std::optional<std::uint64_t> size) {
  if (!work_) work_ = std::make_shared<Work>();
  const CompressionLevels levels{options_.compresslevel, options_.brotli_quality,
                                 options_.zstd_level};
  work_->encoder = Encoder::make(coding_, levels, size);
}

/// A response whose body is here, or, to a HEAD, left out.
ValueTask<void> CompressingSend::send_whole(int status, const Headers& headers,
                                            std::string_view body) {
  const bool held = std::exchange(step_, Step::kPassing) == Step::kHeld;
  const bool left_out = body.empty() && scope_.method == Method::kHead;
  const auto length = content_length(headers);
  Plan chosen = plan(status, headers, left_out ? length : std::optional(body.size()));
  if (left_out && !length && chosen == Plan::kEncode) chosen = Plan::kVary;  // nobody knows
  if (chosen == Plan::kUntouched && !held) return next_(WholeResponse{status, headers, body});
  status_ = status;
  take_headers(headers, chosen);
  if (left_out && (held || chosen == Plan::kEncode)) return send_start("", false);
  if (chosen != Plan::kEncode) return next_(WholeResponse{status_, headers_, body});
  promised_ = length;
  count(body.size(), false);
  begin_encoding(body.size());
  if (body.size() > kOnLoop) return send_large_whole(body);
  work_->encoder->encode(body, Encoder::Step::kFinish, work_->out);
  return send_encoded_whole(body);
}

Task<> CompressingSend::send_large_whole(std::string_view body) {
  work_->in.append(body);
  co_await run_in_executor(nullptr, [work = work_] {
    work->encoder->encode(work->in.view(), Encoder::Step::kFinish, work->out);
  });
  co_await send_encoded_whole(body);
}

ValueTask<void> CompressingSend::send_encoded_whole(std::string_view body) {
  if (work_->out.size() < body.size() || identity_refused_) {
    return next_(WholeResponse{status_, headers_, work_->out.view()});
  }
  headers_.remove("content-encoding");  // nothing was gained
  return next_(WholeResponse{status_, headers_, body});
}

Task<> CompressingSend::send_start(std::string_view body, bool more_body) {
  const SendEvent start = ResponseStart{status_, headers_};
  co_await next_(start);
  const SendEvent first = ResponseBody{body, more_body};
  co_await next_(first);
}

/// The first piece of a stream.
Task<> CompressingSend::send_first(std::string_view body) {
  promised_ = content_length(held_);
  const Plan chosen = plan(status_, held_, promised_);
  take_headers(held_, chosen);
  if (chosen != Plan::kEncode || scope_.method == Method::kHead) {
    step_ = Step::kPassing;
    co_await send_start(body, true);
    co_return;
  }
  step_ = Step::kEncoding;
  begin_encoding({});
  const SendEvent start = ResponseStart{status_, headers_};
  co_await next_(start);
  co_await send_piece(body, true);
}

Task<> CompressingSend::send_piece(std::string_view body, bool more_body) {
  count(body.size(), more_body);
  const Encoder::Step step = more_body ? Encoder::Step::kFlush : Encoder::Step::kFinish;
  Work& work = own_work();
  if (body.empty() && more_body) {
    // Only what is out already is asked for.
  } else if (body.size() <= kOnLoop) {
    work.encoder->encode(body, step, work.out);
  } else {
    work.in.clear();
    work.in.append(body);
    co_await work_in_pool([step](Work& its) { its.encoder->encode(its.in.view(), step, its.out); });
  }
  if (!more_body) step_ = Step::kPassing;
  co_await send_encoded_piece(more_body);
}

/// What a task that was cancelled has left behind comes along.
Task<> CompressingSend::send_encoded_piece(bool more_body) {
  sent_.clear();
  std::swap(sent_, own_work().out);
  const SendEvent event = ResponseBody{sent_.view(), more_body};
  co_await next_(event);
}

CompressingSend::Work& CompressingSend::own_work() const {
  if (work_) return *work_;
  throw std::logic_error("A piece of the compressed body is not done yet, or has failed.");
}

/// To the job's end, also where the task is cancelled: what is sent next goes to the same encoder,
/// and the bytes that came out belong to the body.
template <class F>
Task<> CompressingSend::work_in_pool(F job) {
  const std::shared_ptr<Work> work = std::exchange(work_, nullptr);
  TaskHandle<> running = create_task(in_pool([work, job] { job(*work); }), {.eager_start = true});
  std::exception_ptr cancelled;
  while (!running.done()) {
    try {
      co_await shield(running);
    } catch (const CancelledError&) {
      cancelled = std::current_exception();
    }
  }
  running.result();
  work_ = work;
  if (cancelled) std::rethrow_exception(cancelled);
}

Task<> CompressingSend::send_first_file(FileRange range) {
  promised_ = content_length(held_);
  const std::optional<std::uint64_t> size =
      range.more_body ? promised_ : std::optional<std::uint64_t>(range.size);
  const Plan chosen = plan(status_, held_, size);
  if (chosen == Plan::kEncode && !range.more_body && range.size <= kOnLoop) {
    const auto work = std::make_shared<Work>();
    read_file(range.fd, range.offset, static_cast<std::size_t>(range.size), work->in);
    co_await send_whole(status_, held_, work->in.view());
    co_return;
  }
  take_headers(held_, chosen);
  const bool encoding = chosen == Plan::kEncode && scope_.method != Method::kHead;
  step_ = encoding ? Step::kEncoding : Step::kPassing;
  if (encoding) begin_encoding(range.more_body ? std::nullopt : size);
  const SendEvent start = ResponseStart{status_, headers_};
  co_await next_(start);
  if (encoding) {
    co_await send_file(range);
  } else {
    const SendEvent bytes = range;
    co_await next_(bytes);
  }
}

/// In pieces, each read and compressed by one job.
Task<> CompressingSend::send_file(FileRange range) {
  count(range.size, range.more_body);
  Work& work = own_work();
  if (work.fd >= 0) ::close(std::exchange(work.fd, -1));
  work.open(range.fd);
  do {
    const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(range.size, kPiece));
    const Encoder::Step step = range.size > size ? Encoder::Step::kMore
                               : range.more_body ? Encoder::Step::kFlush
                                                 : Encoder::Step::kFinish;
    co_await work_in_pool([offset = range.offset, size, step](Work& its) {
      its.in.clear();
      read_file(its.fd, offset, size, its.in);
      its.encoder->encode(its.in.view(), step, its.out);
    });
    range.offset += size;
    range.size -= size;
    const bool last = step == Encoder::Step::kFinish;
    if (last) step_ = Step::kPassing;
    if (!work.out.empty() || last) co_await send_encoded_piece(!last);
  } while (range.size > 0);
}

/// The server cannot compare the body with a Content-Length that it does not see.
void CompressingSend::count(std::uint64_t bytes, bool more_body) {
  if (!promised_) return;
  counted_ += bytes;
  if (counted_ > *promised_) {
    throw std::runtime_error("Response content longer than Content-Length");
  }
  if (!more_body && counted_ < *promised_) {
    throw std::runtime_error("Response content shorter than Content-Length");
  }
}

}  // namespace capricorn
