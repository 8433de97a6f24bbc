// SPDX-License-Identifier: MIT
#include "templates.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <kainjow/mustache.hpp>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "../http/html_escape.hpp"
#include "../loop/errors.hpp"
#include "app.hpp"

namespace capricorn {
namespace {

using Page = kainjow::mustache::mustache;
using Data = kainjow::mustache::data;

/// Parts that name each other have no end: so much of the stack is theirs.
constexpr std::ptrdiff_t kDeepest = 256 * 1024;

struct ChangeTime {
  timespec time;
  off_t size;
  bool operator==(const ChangeTime& other) const noexcept {
    return time.tv_sec == other.time.tv_sec && time.tv_nsec == other.time.tv_nsec &&
           size == other.size;
  }
};

std::optional<ChangeTime> change_time(const std::string& path) {
  struct stat found;
  if (::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  return ChangeTime{found.st_mtim, found.st_size};
}

/// What Mustache knows of JSON: null and false are nothing, numbers are their text.
Data data_of(const nlohmann::json& json) {
  switch (json.type()) {
    case nlohmann::json::value_t::object: {
      Data object(Data::type::object);
      for (const auto& [name, value] : json.items()) object.set(name, data_of(value));
      return object;
    }
    case nlohmann::json::value_t::array: {
      Data list(Data::type::list);
      for (const nlohmann::json& value : json) list.push_back(data_of(value));
      return list;
    }
    case nlohmann::json::value_t::string: return Data(json.get_ref<const std::string&>());
    case nlohmann::json::value_t::boolean: return Data(json.get<bool>());
    case nlohmann::json::value_t::null: return Data(false);
    default: return Data(json.dump());
  }
}

using Render = kainjow::mustache::renderer;

/// As it stands, not as HTML: `{{id}}` as `{{&id}}`.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t open = text.find("{{"); open != std::string_view::npos; open = text.find("{{")) {
    const bool triple = text.substr(open).starts_with("{{{");
    const std::size_t size = open + (triple ? 3 : 2);
    out += text.substr(0, size);
    text.remove_prefix(size);
    if (!triple && text.find_first_of("#/^>!&=") != 0) out += '&';
  }
  return out.append(text);
}

/// Up to a blank that is outside of tags, and takes it off `text`.
std::string_view next_word(std::string_view& text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  std::size_t end = 0;
  for (int depth = 0; end < text.size(); ++end) {
    if (text[end] == '{') ++depth;
    if (text[end] == '}') --depth;
    if (depth <= 0 && kBlanks.find(text[end]) != std::string_view::npos) break;
  }
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

/// A section with a route's name and parameters in it, which becomes an address.
template <class F>
Data url_section(F url) {
  return Data(kainjow::mustache::lambda2([url](const std::string& section, const Render& render) {
    std::string_view text = section;
    const std::string name = render(unescaped(next_word(text)));
    std::vector<std::pair<std::string_view, std::string>> values;
    for (std::string_view word; !(word = next_word(text)).empty();) {
      const std::size_t equals = word.find('=');
      if (equals == std::string_view::npos) {
        throw std::invalid_argument("a parameter of a route is key=value, got '" +
                                    std::string(word) + "'");
      }
      values.emplace_back(word.substr(0, equals), render(unescaped(word.substr(equals + 1))));
    }
    const std::vector<std::pair<std::string_view, std::string_view>> views(values.begin(),
                                                                           values.end());
    return html_escape(url(name, PathValues(views)));
  }));
}

void add_urls(Data& data, const Request& request) {
  data.set("url_for", url_section([&request](std::string_view name, PathValues values) {
             return request.url_for(name, values);
           }));
  data.set("url_path_for", url_section([&request](std::string_view name, PathValues values) {
             return std::string(request.root_path()) + request.app().url_path_for(name, values);
           }));
}

/// The name under which a template is kept: one for each, for who asks may write "././a.html"
/// without end.
std::string checked_name(std::string_view name) {
  std::string kept;
  bool leads_out = name.starts_with('/') || name.contains('\0');
  for (std::string_view rest = name; !rest.empty();) {
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(segment.size() + 1, rest.size()));
    if (segment.empty() || segment == ".") continue;
    leads_out = leads_out || segment == "..";
    kept.append(kept.empty() ? "" : "/").append(segment);
  }
  if (!kept.empty() && !leads_out) return kept;
  throw std::invalid_argument("a template's name is a path below the templates' folder, got '" +
                              std::string(name) + "'");
}

}  // namespace

struct Templates::State {
  /// One file: its text for who includes it, and it parsed, once for each thread that renders it at
  /// the same time.
  struct File {
    std::string text;
    std::optional<ChangeTime> changed;
    std::vector<std::unique_ptr<Page>> idle;
  };

  std::string path_of(std::string_view name) const { return directory + "/" + std::string(name); }
  File& file(std::string_view name);
  std::string text(const std::string& name);
  std::unique_ptr<Page> take(std::string_view name);
  void give_back(std::string_view name, std::unique_ptr<Page> page);
  /// `request` is null where a template has no addresses.
  std::string render(std::string_view name, const nlohmann::json& context, const Request* request);

  std::string directory;
  TemplatesOptions options;
  std::mutex mutex;
  std::map<std::string, File, std::less<>> files;
};

namespace {

/// Where a template's names are looked up; its parts are files.
class Scopes final : public kainjow::mustache::context<std::string> {
 public:
  using Read = std::string (*)(void* state, const std::string& name);
  Scopes(const Data& data, void* state, Read read)
      : context(&data),
        state_(state),
        read_(read),
        top_(static_cast<const char*>(__builtin_frame_address(0))) {}

  const Data* get_partial(const std::string& name) const override {
    const auto found = parts_.find(name);
    if (found != parts_.end()) return &found->second;
    const kainjow::mustache::partial part([this, name] {
      const auto* here = static_cast<const char*>(__builtin_frame_address(0));
      if (top_ - here > kDeepest) {
        throw RuntimeError("the template '" + name + "' includes itself without end");
      }
      return read_(state_, name);
    });
    return &parts_.emplace(name, Data(part)).first->second;
  }

 private:
  void* state_;
  Read read_;
  const char* top_;
  mutable std::map<std::string, Data> parts_;
};

}  // namespace

/// The lock is held.
Templates::State::File& Templates::State::file(std::string_view name) {
  const auto found = files.find(name);
  const std::string path = path_of(name);
  if (found != files.end() && !options.auto_reload) return found->second;
  const auto changed = change_time(path);
  if (found != files.end() && found->second.changed == changed) return found->second;
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!changed || in.bad()) throw RuntimeError("template not found: '" + path + "'");
  Page page(text);
  if (!page.is_valid()) throw RuntimeError("template '" + path + "': " + page.error_message());
  File& file = files[std::string(name)];
  file = {std::move(text), changed, {}};
  return file;
}

std::string Templates::State::text(const std::string& name) {
  const std::string kept = checked_name(name);
  const std::lock_guard lock(mutex);
  return file(kept).text;
}

std::unique_ptr<Page> Templates::State::take(std::string_view name) {
  const std::lock_guard lock(mutex);
  File& from = file(name);
  if (from.idle.empty()) return std::make_unique<Page>(from.text);
  std::unique_ptr<Page> page = std::move(from.idle.back());
  from.idle.pop_back();
  return page;
}

void Templates::State::give_back(std::string_view name, std::unique_ptr<Page> page) {
  const std::lock_guard lock(mutex);
  if (!options.auto_reload) file(name).idle.push_back(std::move(page));
}

std::string Templates::State::render(std::string_view asked, const nlohmann::json& context,
                                     const Request* request) {
  const std::string name = checked_name(asked);
  if (!context.is_object()) throw std::invalid_argument("a template's context is a JSON object");
  Data data = data_of(context);
  if (request) add_urls(data, *request);
  Scopes scopes(data, this, [](void* self, const std::string& part) {
    return static_cast<State*>(self)->text(part);
  });
  std::unique_ptr<Page> page = take(name);
  std::string out = page->render(scopes);
  if (!page->is_valid()) {
    throw RuntimeError("template '" + path_of(name) + "': " + page->error_message());
  }
  give_back(name, std::move(page));
  return out;
}

Templates::Templates(std::string directory, TemplatesOptions options) : state_(new State) {
  struct stat found;
  if (::stat(directory.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) {
    throw std::invalid_argument("the templates' folder '" + directory + "' does not exist");
  }
  state_->directory = std::move(directory);
  state_->options = options;
}
Templates::Templates(Templates&&) noexcept = default;
Templates& Templates::operator=(Templates&&) noexcept = default;
Templates::~Templates() = default;

Response Templates::template_response(std::string_view name, const nlohmann::json& context,
                                      int status) const {
  return HTMLResponse(render(name, context), status);
}

Response Templates::template_response(const Request& request, std::string_view name,
                                      const nlohmann::json& context, int status) const {
  return HTMLResponse(state_->render(name, context, &request), status);
}

std::string Templates::render(std::string_view name, const nlohmann::json& context) const {
  return state_->render(name, context, nullptr);
}

std::string Templates::render_json(std::string_view name, std::string_view json,
                                   const Request* request) const {
  return state_->render(name, nlohmann::json::parse(json), request);
}

}  // namespace capricorn
