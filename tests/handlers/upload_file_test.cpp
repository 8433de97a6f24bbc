// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>

using namespace capricorn;

namespace {

constexpr std::string_view kMultipart = "multipart/form-data; boundary=b";

std::string part(std::string_view parameters, std::string_view data) {
  return "--b\r\nContent-Disposition: form-data; " + std::string(parameters) +
         "\r\nContent-Type: image/png\r\nX-Extra: 1\r\n\r\n" + std::string(data) + "\r\n";
}

/// So long that it goes to the disk, and no two places alike.
std::string large_text() {
  std::string text;
  while (text.size() < UploadFile::kMaxMemory + 100'000)
    text += std::to_string(text.size()) + "\r\n-";
  return text;
}

int count_entries(const std::string& folder) {
  DIR* directory = ::opendir(folder.c_str());
  REQUIRE(directory);
  int count = 0;
  while (::readdir(directory)) ++count;
  ::closedir(directory);
  return count;
}

/// A folder for temporary files in which nothing may appear.
class EmptyFolder {
 public:
  EmptyFolder() {
    char pattern[] = "/tmp/capricorn-upload-XXXXXX";
    path_ = ::mkdtemp(pattern);
    ::setenv("TMPDIR", path_.c_str(), 1);
  }
  ~EmptyFolder() {
    ::unsetenv("TMPDIR");
    ::rmdir(path_.c_str());
  }
  bool empty() const { return count_entries(path_) == 2; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// No file of this process grows.
class FullDisk {
 public:
  FullDisk() {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit none{.rlim_cur = 0, .rlim_max = before_.rlim_max};
    signal_ = std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &none) == 0);
  }
  FullDisk(const FullDisk&) = delete;
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  rlimit before_{};
  void (*signal_)(int) = SIG_DFL;
};

int count_descriptors() { return count_entries("/proc/self/fd"); }

TestResponse post(Application& app, std::string body, std::size_t chunk_size = 0,
                  std::optional<std::size_t> cut_body = {}) {
  return TestClient(app).post("/", {.headers = {{"content-type", std::string(kMultipart)}},
                                    .content = std::move(body),
                                    .chunk_size = chunk_size,
                                    .cut_body = cut_body});
}

}  // namespace

TEST_CASE("a spooled file reads and writes the same in memory and on disk") {
  for (const std::size_t max_memory : {std::size_t{100}, std::size_t{0}}) {
    CAPTURE(max_memory);
    SpooledFile file(max_memory);
    CHECK(file.write("hello world") == 11);
    CHECK(file.on_disk() == (max_memory == 0));
    CHECK(file.size() == 11);
    CHECK(file.tell() == 11);
    CHECK(file.read() == "");
    file.seek(6);
    CHECK(file.read(3) == "wor");
    CHECK(file.read() == "ld");
    file.seek(0);
    file.write("J");
    CHECK(file.read(4) == "ello");
    file.seek(13);
    CHECK(file.read(5) == "");
    file.write("!");
    CHECK(file.size() == 14);
    file.seek(0);
    CHECK(file.read(100) == std::string("Jello world\0\0!", 14));
    CHECK_THROWS_AS(file.seek(-1), std::invalid_argument);
    file.load();
    CHECK_FALSE(file.on_disk());
    CHECK(file.read(5) == "Jello");
    file.close();
    file.close();
    CHECK_THROWS_AS(file.read(), std::invalid_argument);
    CHECK_THROWS_AS(file.write("x"), std::invalid_argument);
  }
}

TEST_CASE("a spooled file goes to the disk when it grows, unseen and for our eyes only") {
  EmptyFolder folder;
  const int before = count_descriptors();
  {
    SpooledFile file(4);
    file.write("1234");
    CHECK_FALSE(file.on_disk());
    CHECK(count_descriptors() == before);
    file.write("5");
    CHECK(file.on_disk());
    CHECK(count_descriptors() == before + 1);
    CHECK(folder.empty());
    file.seek(0);
    CHECK(file.read() == "12345");
  }
  CHECK(count_descriptors() == before);
  ::setenv("TMPDIR", (folder.path() + "/none").c_str(), 1);
  SpooledFile file(0);
  CHECK_THROWS_AS(file.write("x"), std::system_error);
}

TEST_CASE("a disk without room takes no descriptor, and what was written is kept") {
  const int before = count_descriptors();
  SpooledFile file(4);
  file.write("1234");
  {
    const FullDisk full;
    for (int i = 0; i < 3; ++i) CHECK_THROWS_AS(file.write("5"), std::system_error);
  }
  CHECK(count_descriptors() == before);
  CHECK_FALSE(file.on_disk());
  file.write("5");
  file.seek(0);
  CHECK(file.read() == "12345");
}

TEST_CASE("an upload comes with its name, type, headers and size") {
  App app;
  app.post("/", [](File<UploadFile, "f"> file) -> Task<std::string> {
    std::string out = file->filename() + "|" + std::string(file->content_type().value_or("none")) +
                      "|" + std::string(file->headers().get("x-extra").value_or("")) + "|" +
                      std::to_string(file->size()) + "|";
    out += co_await file->read(2);
    out += "," + co_await file->read();
    co_await file->seek(1);
    co_await file->write("XY");
    co_await file->seek(0);
    out += "," + co_await file->read();
    co_await file->close();
    bool closed = false;
    try {
      co_await file->read();
    } catch (const std::invalid_argument&) {
      closed = true;
    }
    co_return out + (closed ? "." : "");
  });
  CHECK(post(app, part("name=f; filename=\"a b.png\"", "hello") + "--b--").text() ==
        R"("a b.png|image/png|1|5|he,llo,hXYlo.")");
  CHECK(post(app, part("name=f; filename=\"\"", "") + "--b--").text() ==
        R"("|image/png|1|0|,,\u0000XY.")");
}

TEST_CASE("a large upload goes to the disk and comes back whole") {
  EmptyFolder folder;
  const std::string text = large_text();
  const std::string body = part("name=f; filename=a", text) + "--b--\r\n";
  const int before = count_descriptors();
  App app;
  bool on_disk = false;
  app.post("/", [&](File<UploadFile, "f"> file) -> Task<bool> {
    on_disk = file->file().on_disk();
    std::string read;
    for (;;) {
      const std::string piece = co_await file->read(100'000);
      if (piece.empty()) break;
      read += piece;
    }
    co_return read == text && file->size() == text.size();
  });
  for (const std::size_t piece : {0, 1000, 65536, 99991}) {
    CAPTURE(piece);
    CHECK(post(app, body, piece).text() == "true");
    CHECK(on_disk);
    CHECK(folder.empty());
    CHECK(count_descriptors() == before);
  }
}

TEST_CASE("nothing is left of an upload that fails") {
  EmptyFolder folder;
  const std::string body = part("name=f; filename=a", large_text());
  const int before = count_descriptors();
  App app;
  app.post("/", [](File<UploadFile, "f">) -> Task<> {
    throw HTTPException(418);
    co_return;
  });
  CHECK(post(app, body + "--b--").status_code == 418);
  CHECK(post(app, body + "--bad").status_code == 400);
  CHECK(post(app, body).status_code == 400);
  CHECK(post(app, body + "--b--", 5000, body.size()).status_code == 499);
  CHECK(folder.empty());
  CHECK(count_descriptors() == before);
}

TEST_CASE("a cancelled upload leaves nothing") {
  EmptyFolder folder;
  struct Stalled final : Receive {
    ValueTask<ReceiveEvent> operator()() override {
      if (!std::exchange(given, true)) return ReceiveEvent(HttpRequest{bytes, true});
      return wait();
    }
    Task<ReceiveEvent> wait() {
      co_await sleep(std::chrono::hours(1));
      co_return HttpDisconnect{};
    }
    std::string bytes = part("name=f; filename=a", large_text());
    bool given = false;
  };
  const int before = count_descriptors();
  {
    TestLoop loop;
    loop.run_until_complete([]() -> Task<> {
      Scope scope;
      scope.headers.append("content-type", kMultipart);
      Stalled receive;
      const RequestReference request(new Request(scope, receive));
      auto reading = get_running_loop().create_task(
          [](Request& from) -> Task<> { co_await from.form(); }(*request));
      co_await sleep(std::chrono::seconds(1));
      CHECK(reading.cancel());
      CHECK_THROWS_AS(co_await reading, CancelledError);
    }());
  }
  CHECK(folder.empty());
  CHECK(count_descriptors() == before);
}

TEST_CASE("files are optional, several, or just bytes") {
  App app;
  app.post(
      "/",
      [](File<std::optional<UploadFile>, "one"> one, File<std::vector<UploadFile>, "many"> many,
         File<std::optional<std::string>, "bytes"> bytes,
         File<std::vector<std::string>, "texts"> texts) -> Task<std::string> {
        std::string out = *one ? (*one)->filename() : "-";
        for (UploadFile& file : *many) out += "," + file.filename() + "=" + co_await file.read();
        out += "|" + bytes->value_or("-");
        for (const std::string& text : *texts) out += "," + text;
        co_return out;
      });
  CHECK(post(app, "--b--").text() == "\"-|-\"");
  CHECK(post(app, part("name=one; filename=1", "x") + part("name=many; filename=2", "y") +
                      part("name=many; filename=3", "z") + part("name=bytes; filename=4", "w") +
                      part("name=texts; filename=5", "v") + part("name=texts", "u") + "--b--")
            .text() == "\"1,2=y,3=z|w,v,u\"");
  CHECK(post(app, part("name=one", "") + "--b--").text() == "\"-|-\"");
  CHECK(
      post(app, part("name=one", "text") + part("name=many", "t") + "--b--").text() ==
      R"({"detail":[{"type":"value_error","loc":["body","one"],"msg":"Value error, Expected UploadFile, received: <class 'str'>","input":"text","ctx":{"error":{}}},)"
      R"({"type":"value_error","loc":["body","many",0],"msg":"Value error, Expected UploadFile, received: <class 'str'>","input":"t","ctx":{"error":{}}}]})");
}

TEST_CASE("a file that is missing is answered with 422") {
  App app;
  app.post("/", [](File<UploadFile, "f">, File<std::string, "g">) -> Task<> { co_return; });
  CHECK(post(app, part("name=f", "") + "--b--").text() ==
        R"({"detail":[{"type":"missing","loc":["body","f"],"msg":"Field required","input":null},)"
        R"({"type":"missing","loc":["body","g"],"msg":"Field required","input":null}]})");
}

TEST_CASE("a function that blocks takes files too, and their bytes from the disk") {
  const std::string text = large_text();
  App app;
  app.post("/", [&](File<UploadFile, "f"> file, File<std::string, "f"> bytes,
                    Form<std::string, "name"> name, Request& request) {
    return file->file().read() == text && *bytes == text && *name == "n" && request.path() == "/";
  });
  CHECK(post(app, part("name=f; filename=a", text) + part("name=name", "n") + "--b--").text() ==
        "true");
}
