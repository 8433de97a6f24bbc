// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <capricorn/handlers/app.hpp>
#include <capricorn/handlers/open_file.hpp>
#include <capricorn/handlers/static_files.hpp>
#include <capricorn/handlers/test_client.hpp>
#include <capricorn/http/content_coding.hpp>
#include <capricorn/http/decoder.hpp>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "as_nobody.hpp"
#include "send_counter.hpp"
#include "temporary_folder.hpp"

using namespace capricorn;
using namespace capricorn::test;

namespace {

constexpr std::time_t kChanged = 784111777;
constexpr const char* kDate = "Sun, 06 Nov 1994 08:49:37 GMT";

/// A folder that is mounted at /static.
struct Site : TemporaryFolder {
  App mounted(StaticFilesOptions options = {}) const {
    App app;
    app.mount("/static", StaticFiles(path() + "/www", std::move(options)));
    return app;
  }
};

/// Neither compressed forms nor redirects are asked for, unless a test does.
struct SiteClient : TestClient {
  explicit SiteClient(Application& app)
      : TestClient(app, {.follow_redirects = false, .headers = {{"accept-encoding", ""}}}) {}
  TestResponse ask(std::string target, TextPairs headers, std::string method = "GET") {
    return request(std::move(method), std::move(target), {.headers = std::move(headers)});
  }
};

}  // namespace

TEST_CASE("a file is served with its type, size, entity tag and date") {
  Site site;
  site.write("www/a.txt", "hello", kChanged);
  site.write("www/empty.css", "");
  App app = site.mounted({.cache_control = "max-age=60"});
  SiteClient client(app);
  const auto file = client.get("/static/a.txt");
  CHECK(file.status_code == 200);
  CHECK(file.text() == "hello");
  CHECK(file.header("content-type") == "text/plain; charset=utf-8");
  CHECK(file.header("content-length") == "5");
  CHECK(file.header("last-modified") == kDate);
  CHECK(file.header("accept-ranges") == "bytes");
  CHECK(file.header("cache-control") == "max-age=60");
  CHECK(file.header("etag").starts_with('"'));
  CHECK(file.header("vary").empty());
  const auto head = client.head("/static/a.txt");
  CHECK(head.headers.size() == file.headers.size());
  for (const Headers::Field field : file.headers) CHECK(head.header(field.name) == field.value);
  CHECK(head.text().empty());
  CHECK(client.get("/static/empty.css").header("content-length") == "0");
}

TEST_CASE("nothing outside of the folder is reachable, and no name is an error") {
  Site site;
  site.write("secret.txt", "secret");
  site.write("www/a.txt", "hello");
  site.write("www/inner/b.txt", "b");
  site.link("www/out.txt", "../secret.txt");
  site.link("www/absolute.txt", site / "secret.txt");
  site.link("www/up", "..");
  site.link("www/loop", "loop");
  site.link("www/in.txt", "inner/b.txt");
  REQUIRE(::mkfifo((site / "www/fifo").c_str(), 0600) == 0);
  App app = site.mounted();
  SiteClient client(app);
  CHECK(client.get("/static/in.txt").text() == "b");
  const std::string long_name = "/static/" + std::string(300, 'a');
  const std::string long_path = "/static/" + std::string(5000, 'a');
  std::string deep = "/static";
  for (int i = 0; i < 3000; ++i) deep += "/a";
  for (const std::string& target : {std::string("/static/../secret.txt"),
                                    std::string("/static/%2e%2e/secret.txt"),
                                    std::string("/static/..%2fsecret.txt"),
                                    std::string("/static/..%2Fsecret.txt"),
                                    std::string("/static/..%5csecret.txt"),
                                    std::string("/static/..\\secret.txt"),
                                    std::string("/static/inner/../../secret.txt"),
                                    std::string("/static/./a.txt"),
                                    std::string("/static/a.txt%00"),
                                    std::string("/static/%00"),
                                    std::string("/static/out.txt"),
                                    std::string("/static/absolute.txt"),
                                    std::string("/static/up/secret.txt"),
                                    std::string("/static/loop"),
                                    std::string("/static//etc/passwd"),
                                    std::string("/static/%2fetc/passwd"),
                                    std::string("/static/a.txt/"),
                                    std::string("/static/a.txt/b"),
                                    std::string("/static/inner"),
                                    std::string("/static/inner/"),
                                    std::string("/static/"),
                                    std::string("/static/fifo"),
                                    std::string("/static/none"),
                                    std::string("/static/%ff%fe"),
                                    long_name,
                                    long_path,
                                    deep}) {
    CAPTURE(target);
    const auto response = client.get(target);
    CHECK(response.status_code == 404);
    CHECK(response.text() == R"({"detail":"Not Found"})");
  }
}

TEST_CASE("links may be followed out of the folder where that is wanted") {
  Site site;
  site.write("common/a.txt", "common");
  site.write("www/b.txt", "b");
  site.link("www/common", "../common");
  App app = site.mounted({.follow_symlink = true});
  SiteClient client(app);
  CHECK(client.get("/static/common/a.txt").text() == "common");
  CHECK(client.get("/static/../common/a.txt").status_code == 404);
}

TEST_CASE("other methods than GET and HEAD are refused") {
  Site site;
  site.write("www/a.txt", "hello");
  App app = site.mounted();
  SiteClient client(app);
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"}) {
    const auto response = client.ask("/static/a.txt", {}, method);
    CHECK(response.status_code == 405);
    CHECK(response.header("allow") == "GET, HEAD");
  }
}

TEST_CASE("html: index pages, the missing slash, and a page for what is not there") {
  Site site;
  site.write("www/index.html", "root");
  site.write("www/docs/index.html", "docs");
  site.write("www/bare/a.txt", "a");
  App app = site.mounted({.html = true});
  SiteClient client(app);
  CHECK(client.get("/static/").text() == "root");
  CHECK(client.get("/static/").header("content-type") == "text/html; charset=utf-8");
  CHECK(client.get("/static/docs/").text() == "docs");
  const auto redirect = client.get("/static/docs?a=b");
  CHECK(redirect.status_code == 307);
  CHECK(redirect.header("location") == "/static/docs/?a=b");
  CHECK(client.get("/static/bare").status_code == 404);
  CHECK(client.get("/static/bare/").status_code == 404);
  CHECK(client.get("/static/none").header("content-type") == "application/json");
  site.write("www/404.html", "nothing here");
  const auto none = client.get("/static/none");
  CHECK(none.status_code == 404);
  CHECK(none.text() == "nothing here");
  CHECK(none.header("content-type") == "text/html; charset=utf-8");
  CHECK(client.ask("/static/none", {{"range", "bytes=0-1"}, {"if-none-match", "*"}}).status_code ==
        404);
}

#if defined(__linux__)
TEST_CASE("html: an index page that may not be read is forbidden, and not missing") {
  Site site;
  site.write("www/index.html", "index");
  site.write("www/404.html", "missing");
  REQUIRE(::chmod(site.path().c_str(), 0755) == 0);
  REQUIRE(::chmod((site / "www/index.html").c_str(), 0) == 0);
  App app = site.mounted({.html = true});
  SiteClient client(app);
  const AsNobody nobody;
  CHECK(client.get("/static/").status_code == 403);
  CHECK(client.get("/static/index.html").status_code == 403);
  CHECK(client.get("/static/none").text() == "missing");
}
#endif

TEST_CASE("conditional requests of a file (RFC 9110, 13)") {
  Site site;
  site.write("www/a.txt", "hello", kChanged);
  App app = site.mounted({.cache_control = "no-cache"});
  SiteClient client(app);
  const std::string etag = client.get("/static/a.txt").header("etag");
  const auto known = client.ask("/static/a.txt", {{"if-none-match", "W/" + etag}});
  CHECK(known.status_code == 304);
  CHECK(known.text().empty());
  CHECK(known.header("etag") == etag);
  CHECK(known.header("cache-control") == "no-cache");
  for (std::string_view absent :
       {"content-type", "content-length", "last-modified", "accept-ranges"}) {
    CHECK(known.header(absent).empty());
  }
  CHECK(client.ask("/static/a.txt", {{"if-modified-since", kDate}}).status_code == 304);
  CHECK(client.ask("/static/a.txt", {{"if-modified-since", kDate}}, "HEAD").status_code == 304);
  CHECK(client.ask("/static/a.txt", {{"if-match", "\"x\""}}).status_code == 412);
  CHECK(client.ask("/static/a.txt", {{"if-match", etag}}).status_code == 200);
  CHECK(client.ask("/static/none", {{"if-none-match", "*"}}).status_code == 404);
  site.write("www/a.txt", "HELLO", kChanged + 1);
  CHECK(client.ask("/static/a.txt", {{"if-none-match", etag}}).text() == "HELLO");
}

TEST_CASE("one range of a file (RFC 9110, 14 and 15.3.7)") {
  Site site;
  site.write("www/a.txt", "0123456789", kChanged);
  App app = site.mounted();
  SiteClient client(app);
  const auto part = client.ask("/static/a.txt", {{"range", "bytes=2-4"}});
  CHECK(part.status_code == 206);
  CHECK(part.text() == "234");
  CHECK(part.header("content-range") == "bytes 2-4/10");
  CHECK(part.header("content-length") == "3");
  CHECK(part.header("content-type") == "text/plain; charset=utf-8");
  CHECK(client.ask("/static/a.txt", {{"range", "bytes=-3"}}).text() == "789");
  CHECK(client.ask("/static/a.txt", {{"range", "bytes=-99"}}).header("content-range") ==
        "bytes 0-9/10");
  const auto beyond = client.ask("/static/a.txt", {{"range", "bytes=10-"}});
  CHECK(beyond.status_code == 416);
  CHECK(beyond.header("content-range") == "bytes */10");
  CHECK(client.ask("/static/a.txt", {{"range", "lines=1-2"}}).status_code == 200);
  CHECK(client.ask("/static/a.txt", {{"range", "bytes=2-4"}}, "HEAD").status_code == 200);
  // If-Range
  const std::string etag = part.header("etag");
  const auto ask = [&](const std::string& if_range) {
    return client.ask("/static/a.txt", {{"range", "bytes=0-0"}, {"if-range", if_range}})
        .status_code;
  };
  CHECK(ask(etag) == 206);
  CHECK(ask("W/" + etag) == 200);
  CHECK(ask("\"other\"") == 200);
  CHECK(ask(kDate) == 206);
  CHECK(ask("Sun, 06 Nov 1994 08:49:38 GMT") == 200);
  // The preconditions come first.
  CHECK(
      client.ask("/static/a.txt", {{"range", "bytes=0-0"}, {"if-none-match", etag}}).status_code ==
      304);
  CHECK(client.ask("/static/a.txt", {{"range", "bytes=99-"}, {"if-match", "\"x\""}}).status_code ==
        412);
}

TEST_CASE("several ranges are one multipart body of the promised length") {
  Site site;
  site.write("www/a.txt", "0123456789");
  App app = site.mounted();
  SiteClient client(app);
  const auto parts = client.ask("/static/a.txt", {{"range", "bytes=0-1,-2"}});
  CHECK(parts.status_code == 206);
  CHECK(parts.header("content-range").empty());
  const std::string type = parts.header("content-type");
  const std::string_view kPrefix = "multipart/byteranges; boundary=";
  REQUIRE(type.starts_with(kPrefix));
  const std::string mark = "--" + type.substr(kPrefix.size());
  const std::string fields = "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes ";
  CHECK(parts.text() == mark + fields + "0-1/10\r\n\r\n01\r\n" + mark + fields +
                            "8-9/10\r\n\r\n89\r\n" + mark + "--\r\n");
  CHECK(parts.header("content-length") == std::to_string(parts.text().size()));
  // What overlaps is sent once.
  CHECK(client.ask("/static/a.txt", {{"range", "bytes=0-5,3-9,0-"}}).text() == "0123456789");
  CHECK(client.ask("/static/a.txt", {{"range", "bytes=0-1,50-"}}).text() == "01");
}

TEST_CASE("the best of what lies compressed beside a file is sent for it") {
  Site site;
  site.write("www/a.css", "original");
  site.write("www/a.css.br", "brotli");
  site.write("www/a.css.gz", "gzip");
  site.write("www/b.css", "original");
  site.write("www/c.css.gz", "gzip");
  App app = site.mounted({.precompressed = true});
  SiteClient client(app);
  const auto ask = [&](const std::string& target, const std::string& accepted) {
    return client.ask(target, {{"accept-encoding", accepted}});
  };
  const auto original = client.get("/static/a.css");
  CHECK(original.text() == "original");
  CHECK(original.header("vary") == "Accept-Encoding");
  CHECK(original.header("content-encoding").empty());
  const auto brotli = ask("/static/a.css", "gzip, deflate, br, zstd");
  CHECK(brotli.raw_content() == "brotli");
  CHECK(brotli.header("content-encoding") == "br");
  CHECK(brotli.header("content-type") == "text/css; charset=utf-8");
  CHECK(brotli.header("content-length") == "6");
  CHECK(brotli.header("vary") == "Accept-Encoding");
  CHECK(brotli.header("etag") != original.header("etag"));
  CHECK(ask("/static/a.css", "zstd, gzip").raw_content() == "gzip");
  CHECK(ask("/static/a.css", "br;q=0.1, gzip").raw_content() == "gzip");
  CHECK(ask("/static/a.css", "br;q=0, gzip;q=0").text() == "original");
  CHECK(ask("/static/a.css", "identity, br;q=0.5").text() == "original");
  CHECK(ask("/static/a.css", "*").raw_content() == "brotli");
  CHECK(ask("/static/b.css", "br, gzip").text() == "original");
  CHECK(ask("/static/c.css", "gzip").status_code == 404);
  CHECK(client
            .ask("/static/a.css",
                 {{"accept-encoding", "br"}, {"if-none-match", brotli.header("etag")}})
            .status_code == 304);
  CHECK(client
            .ask("/static/a.css",
                 {{"accept-encoding", "gzip"}, {"if-none-match", brotli.header("etag")}})
            .status_code == 200);
  const auto part =
      client.ask("/static/a.css", {{"accept-encoding", "br"}, {"range", "bytes=0-1"}});
  CHECK(part.raw_content() == "br");
  CHECK(part.header("content-range") == "bytes 0-1/6");
}

TEST_CASE("the demonstration's compressed files are those that lie beside them") {
  const char* root = std::getenv("SOURCE_ROOT");
  if (!root) return;
  App app;
  app.mount("/static",
            StaticFiles(std::string(root) + "/examples/demo/static", {.precompressed = true}));
  SiteClient client(app);
  const auto original = client.get("/static/ranges.txt");
  REQUIRE(original.status_code == 200);
  for (const ContentCoding coding :
       {ContentCoding::kBrotli, ContentCoding::kZstd, ContentCoding::kGzip}) {
    const auto packed =
        client.ask("/static/ranges.txt", {{"accept-encoding", std::string(coding_name(coding))}});
    CHECK(packed.header("content-encoding") == coding_name(coding));
    std::string_view bytes = packed.raw_content();
    Buffer out;
    Decoder::make(coding)->decode(bytes, 1 << 20, out);
    CHECK(out.view() == original.text());
  }
}

TEST_CASE("what comes from memory is answered as what is opened") {
  const char* root = std::getenv("SOURCE_ROOT");
  if (!root) return;
  const std::string folder = std::string(root) + "/examples/demo/static";  // old enough to be kept
  StaticFiles kept(folder, {.precompressed = true, .cache_control = "max-age=60"});
  StaticFiles opened(folder, {.precompressed = true, .cache_control = "max-age=60", .memory = 0});
  SendCounter counted(kept);
  SendCounter counted_opened(opened);
  SiteClient from_memory(counted);
  SiteClient from_disk(counted_opened);
  const std::string etag = from_disk.get("/ranges.txt").header("etag");
  CHECK(counted_opened.events() == 2);
  CHECK(from_memory.get("/ranges.txt").status_code == 200);
  CHECK(counted.events() == 1);
  struct Asked {
    const char* method = "GET";
    TextPairs headers = {};
  };
  const Asked table[] = {{},
                         {"HEAD"},
                         {"GET", {{"accept-encoding", "br"}}},
                         {"GET", {{"accept-encoding", "gzip"}}},
                         {"GET", {{"if-none-match", etag}}},
                         {"GET", {{"if-match", "\"x\""}}},
                         {"GET", {{"if-unmodified-since", kDate}}},
                         {"GET", {{"range", "bytes=2-4"}}},
                         {"GET", {{"range", "bytes=2-4"}, {"if-range", etag}}},
                         {"GET", {{"range", "bytes=999999-"}}},
                         {"HEAD", {{"range", "bytes=2-4"}}}};
  for (const Asked& asked : table) {
    CAPTURE(asked.method);
    const auto memory = from_memory.ask("/ranges.txt", asked.headers, asked.method);
    const auto disk = from_disk.ask("/ranges.txt", asked.headers, asked.method);
    CHECK(memory.status_code == disk.status_code);
    CHECK(memory.raw_content() == disk.raw_content());
    REQUIRE(memory.headers.size() == disk.headers.size());
    for (std::size_t i = 0; i < disk.headers.size(); ++i) {
      CHECK(memory.headers[i].name == disk.headers[i].name);
      CHECK(memory.headers[i].value == disk.headers[i].value);
    }
  }
  const auto parts = from_memory.ask("/ranges.txt", {{"range", "bytes=0-1,5-6"}});
  const auto text = from_disk.get("/ranges.txt").text();
  CHECK(parts.text().contains("\r\n\r\n" + text.substr(0, 2) + "\r\n--"));
  CHECK(parts.text().contains("\r\n\r\n" + text.substr(5, 2) + "\r\n--"));
}

// An end to end case would have to take all descriptors, which the sanitizers need themselves.
TEST_CASE("a process that may open no more files says so, not that there is none") {
  for (const int error : {EMFILE, ENFILE, ENOMEM}) CHECK(status_of_open_error(error) == 503);
  CHECK(status_of_open_error(EACCES) == 403);
  for (const int error : {ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP, EXDEV, ENXIO}) {
    CHECK(status_of_open_error(error) == 404);
  }
}

TEST_CASE("an application of one page answers for paths that are no files") {
  Site site;
  site.write("www/index.html", "app");
  site.write("www/assets/a.js", "js");
  App app = site.mounted({.cache_control = "max-age=3600", .fallback = "index.html"});
  SiteClient client(app);
  for (const char* target : {"/static/", "/static/users/42", "/static/users/", "/static/v1.2/x"}) {
    CAPTURE(target);
    const auto page = client.get(target);
    CHECK(page.status_code == 200);
    CHECK(page.text() == "app");
    CHECK(page.header("cache-control") == "no-cache");
  }
  CHECK(client.get("/static/assets/a.js").header("cache-control") == "max-age=3600");
  CHECK(client.get("/static/assets/b.js").status_code == 404);
  CHECK(client.get("/static/../secret").status_code == 404);
}

TEST_CASE("what stands in for a missing file stands in for a name that none can have") {
  Site site;
  site.write("www/index.html", "app");
  site.write("www/404.html", "missing");
  App app = site.mounted({.html = true, .fallback = "index.html"});
  SiteClient client(app);
  for (const char* target : {"/static/users/a%2Fb", "/static/users//42", "/static/a%5cb"}) {
    CAPTURE(target);
    CHECK(client.get(target).status_code == 200);
    CHECK(client.get(target).text() == "app");
  }
  CHECK(client.get("/static/users//a.js").text() == "missing");
  for (const char* target : {"/static/../secret", "/static/..%2fsecret", "/static/./secret"}) {
    CAPTURE(target);
    CHECK(client.get(target).status_code == 404);
    CHECK(client.get(target).text() == R"({"detail":"Not Found"})");
  }
}

TEST_CASE("the folder has to be there, at once or when it is asked for") {
  TemporaryFolder folder;
  CHECK_THROWS_AS(StaticFiles(folder / "none"), std::system_error);
  App app;
  app.mount("/static", StaticFiles(folder / "www", {.check_dir = false}));
  SiteClient client(app);
  CHECK(client.get("/static/a.txt").status_code == 404);
  folder.write("www/a.txt", "one");
  CHECK(client.get("/static/a.txt").text() == "one");
  // A deployment puts another in its place.
  std::filesystem::rename(folder / "www", folder / "old");
  folder.write("www/a.txt", "two");
  CHECK(client.get("/static/a.txt").text() == "two");
}
