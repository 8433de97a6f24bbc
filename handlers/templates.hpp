// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "request.hpp"
#include "response.hpp"

namespace capricorn {

struct TemplatesOptions {
  bool auto_reload = false;  // a file that changed is read again; for development
};

/// Pages from Mustache templates in a folder: FastAPI's Jinja2Templates. `{{name}}` is escaped for
/// HTML, `{{{name}}}` is not; `{{#items}}...{{/items}}` and `{{> part.html}}` are sections and
/// parts. A template is read and parsed when it is first used, on the thread that uses it. It may
/// be moved before it is used; any thread then. https://mustache.github.io/mustache.5.html
class Templates {
 public:
  /// Throws std::invalid_argument where the folder does not exist.
  explicit Templates(std::string directory, TemplatesOptions options = {});
  Templates(Templates&&) noexcept;
  Templates& operator=(Templates&&) noexcept;
  ~Templates();

  /// A page of the template `name`, a path below the folder; the context is a model, or an
  /// nlohmann::json that is an object. Throws std::invalid_argument for a name that leads out of
  /// the folder, RuntimeError where there is no such template, or one that is none.
  template <class T>
    requires Describable<T>
  Response template_response(std::string_view name, const T& context, int status = 200) const {
    return HTMLResponse(render(name, context), status);
  }
  Response template_response(std::string_view name, const nlohmann::json& context,
                             int status = 200) const;
  /// The same, where the template also has addresses of routes, as `Request::url_for` and
  /// `App::url_path_for` give them: `{{#url_for}}read_item id={{id}}{{/url_for}}`. Behind the
  /// route's name stand its parameters, of which blanks part each from the next. Throws what those
  /// throw.
  template <class T>
    requires Describable<T>
  Response template_response(const Request& request, std::string_view name, const T& context,
                             int status = 200) const {
    Buffer json;
    write_json(json, context);
    return HTMLResponse(render_json(name, json.view(), &request), status);
  }
  Response template_response(const Request& request, std::string_view name,
                             const nlohmann::json& context, int status = 200) const;
  /// The text alone: of a mail, of a part of a page.
  template <class T>
    requires Describable<T>
  std::string render(std::string_view name, const T& context) const {
    Buffer json;
    write_json(json, context);
    return render_json(name, json.view(), nullptr);
  }
  std::string render(std::string_view name, const nlohmann::json& context) const;

 private:
  struct State;
  std::string render_json(std::string_view name, std::string_view json,
                          const Request* request) const;

  std::unique_ptr<State> state_;
};

}  // namespace capricorn
