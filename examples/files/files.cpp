// SPDX-License-Identifier: MIT
// The samples of docs/files.md: folders, a page that routes in the browser, downloads, compression.
#include <capricorn/capricorn.hpp>

#include <algorithm>
#include <string>

using namespace capricorn;

namespace {

std::string folder(const std::string& name) { return FILES_SOURCE_DIR "/" + name; }

void add_folders(App& app) {
  app.mount("/static", StaticFiles(folder("public"), {.html = true, .precompressed = true}));
  app.mount("/assets", StaticFiles(folder("dist/assets"),
                                   {.cache_control = "public, max-age=31536000, immutable"}));
}

void add_page(App& app) {
  app.mount("/app", StaticFiles(folder("dist"), {.html = true, .fallback = "index.html"}));
}

void add_downloads(App& app) {
  app.get("/reports/{year:int}", [](Path<int, "year"> year) -> Task<Response> {
    const std::string name = std::to_string(*year) + ".csv";
    co_return FileResponse(folder("reports/") + name, {.filename = "Übersicht " + name});
  });
}

void add_uploads(App& app) {
  App uploads;
  uploads.post("/lines", [](Request& request) -> Task<std::string> {
    const std::string_view body = co_await request.body();
    co_return std::to_string(std::ranges::count(body, '\n')) + " lines";
  });
  app.mount("/uploads", RequestDecompression(std::move(uploads), {.max_size = 8 << 20}));
}

Compression make_app() {
  App app({.title = "Files"});
  add_folders(app);
  add_page(app);
  add_downloads(app);
  add_uploads(app);
  return Compression(std::move(app), {.minimum_size = 1000, .compresslevel = 5});
}

}  // namespace

CAPRICORN_APP(make_app)
