// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

using namespace capricorn;

namespace {

enum class Size : int { small, large };

struct Login {
  std::string username;
  Field<std::string, MinLength{3}> password;
  std::optional<int> age;
  std::vector<std::string> tags;
  bool keep = false;
};

constexpr std::string_view kUrlencoded = "application/x-www-form-urlencoded";
constexpr std::string_view kMultipart = "multipart/form-data; boundary=b";

TestResponse post(Application& app, std::string target, std::string_view type, std::string body,
                  std::size_t chunk_size = 0) {
  return TestClient(app).post(std::move(target), {.headers = {{"content-type", std::string(type)}},
                                                  .content = std::move(body),
                                                  .chunk_size = chunk_size});
}

std::string part(std::string_view name, std::string_view data) {
  return "--b\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" +
         std::string(data) + "\r\n";
}

std::string file(std::string_view name, std::string_view filename, std::string_view data) {
  return "--b\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"; filename=\"" +
         std::string(filename) + "\"\r\nContent-Type: text/plain\r\n\r\n" + std::string(data) +
         "\r\n";
}

std::string refusal(std::string_view text) { return "{\"detail\":\"" + std::string(text) + "\"}"; }

/// Lists the form as it came.
App listing() {
  App app;
  app.post("/list", [](Request& request) -> Task<std::string> {
    FormData& form = co_await request.form();
    std::string out;
    for (const FormData::Item& item : form) {
      out += item.name + (item.file() ? "|" + item.file()->filename() : "");
      UploadFile upload;
      if (item.file()) upload = item.file()->share();
      std::string text;
      if (upload)
        text = co_await upload.read();
      else
        text = *item.text();
      out += "=" + text + ";";
    }
    co_return out;
  });
  return app;
}

}  // namespace

TEST_CASE("a form is read whatever its kind and the pieces it comes in") {
  App app = listing();
  const std::string multipart =
      part("a", "1") + file("f", "f.txt", "he\r\nllo") + part("a", "2") + "--b--\r\n";
  for (std::size_t piece = 0; piece <= multipart.size(); ++piece) {
    CHECK(post(app, "/list", kMultipart, multipart, piece).text() ==
          R"("a=1;f|f.txt=he\r\nllo;a=2;")");
    CHECK(post(app, "/list", kUrlencoded, "a=1&b=x+y&a=%26", piece).text() ==
          R"("a=1;b=x y;a=&;")");
  }
  CHECK(post(app, "/list", "Multipart/Form-Data; boundary=\"b\"", multipart).status_code == 200);
  CHECK(post(app, "/list", "application/x-www-form-urlencoded; charset=utf-8", "a=1").text() ==
        R"("a=1;")");
  CHECK(post(app, "/list", "application/json", "{}").text() == R"("")");
  CHECK(post(app, "/list", kMultipart, "--b--\r\n").text() == R"("")");
}

TEST_CASE("a form that is malformed or cut is answered with 400") {
  App app = listing();
  CHECK(post(app, "/list", "multipart/form-data", "--b--\r\n").text() ==
        refusal("Missing boundary in multipart."));
  for (const std::string& body : {part("a", "1"), std::string("--b\nx"), std::string("hello")}) {
    const TestResponse response = post(app, "/list", kMultipart, body);
    CHECK(response.status_code == 400);
    CHECK(response.text() == refusal("There was an error parsing the body"));
  }
  CHECK(post(app, "/list", kMultipart, "--b\r\nContent-Disposition: form-data\r\n\r\n").text() ==
        R"({"detail":"The Content-Disposition header field \"name\" must be provided."})");
}

TEST_CASE("fields, files and their sizes are limited") {
  App app = listing();
  std::string fields;
  std::string files;
  std::string pairs;
  for (int i = 0; i < 1000; ++i) {
    fields += part("a", "");
    files += file("f", "f", "");
    pairs += "a=&";
  }
  const auto refused = [&](std::string_view type, const std::string& body) {
    const TestResponse response = post(app, "/list", type, body);
    CHECK(response.status_code == 400);
    return response.text();
  };
  CHECK(post(app, "/list", kMultipart, fields + files + "--b--").status_code == 200);
  CHECK(post(app, "/list", kUrlencoded, pairs).status_code == 200);
  CHECK(refused(kMultipart, fields + part("a", "") + "--b--") ==
        refusal("Too many fields. Maximum number of fields is 1000."));
  CHECK(refused(kMultipart, files + file("f", "f", "") + "--b--") ==
        refusal("Too many files. Maximum number of files is 1000."));
  CHECK(refused(kUrlencoded, pairs + "a") ==
        refusal("Too many fields. Maximum number of fields is 1000."));
  const std::string large(1 << 20, 'x');
  CHECK(post(app, "/list", kMultipart, part("a", large) + "--b--").status_code == 200);
  CHECK(refused(kMultipart, part("a", large + "x") + "--b--") ==
        refusal("Part exceeded maximum size of 1024KB."));
  CHECK(refused(kUrlencoded, "a=" + large) == refusal("Field exceeded maximum size of 1024KB."));
}

TEST_CASE("a handler asks for other limits") {
  App app;
  app.post("/", [](Request& request) -> Task<std::size_t> {
    FormData& form =
        co_await request.form({.max_files = 1, .max_fields = 2, .max_part_size = 2048});
    co_return form.size();
  });
  CHECK(post(app, "/", kMultipart, part("a", "1") + part("a", "1") + file("f", "", "") + "--b--")
            .text() == "3");
  CHECK(post(app, "/", kUrlencoded, "a&b&c").text() ==
        refusal("Too many fields. Maximum number of fields is 2."));
  CHECK(post(app, "/", kMultipart, file("a", "", "") + file("a", "", "") + "--b--").text() ==
        refusal("Too many files. Maximum number of files is 1."));
  for (const std::size_t piece : {0, 1, 1000, 2048}) {  // however it comes
    CAPTURE(piece);
    const std::string full(2048, 'x');
    CHECK(post(app, "/", kMultipart, part("a", full) + "--b--", piece).text() == "1");
    CHECK(post(app, "/", kMultipart, part("a", full + "x") + "--b--", piece).text() ==
          refusal("Part exceeded maximum size of 2KB."));
    CHECK(post(app, "/", kUrlencoded, "a=" + full + "xx", piece).text() ==
          refusal("Field exceeded maximum size of 2KB."));
  }
}

TEST_CASE("a body that was read before is still a form") {
  App app;
  app.post("/", [](Request& request) -> Task<std::string> {
    const std::size_t size = (co_await request.body()).size();
    FormData& form = co_await request.form();
    FormData& again = co_await request.form();
    co_return std::to_string(size) + std::string(form.get("a").value_or("none")) +
        (&form == &again ? "" : "!");
  });
  CHECK(post(app, "/", kUrlencoded, "a=1", 1).text() == "\"31\"");
}

TEST_CASE("FormData finds the last of a name, or all") {
  FormData form;
  form.append("a", "1");
  form.append("b", UploadFile("one", {}));
  form.append("a", "2");
  form.append("b", UploadFile("two", {}));
  form.append("c", "x");
  form.append("c", UploadFile("three", {}));
  CHECK(form.get("a") == "2");
  CHECK(form.getlist("a") == std::vector<std::string_view>{"1", "2"});
  CHECK(form.file("b")->filename() == "two");
  CHECK(form.files("b").size() == 2);
  CHECK_FALSE(form.get("c"));
  CHECK_FALSE(form.get("none"));
  CHECK_FALSE(form.file("a"));
  CHECK(form.find("none") == nullptr);
  CHECK(form.size() == 6);
}

TEST_CASE("fields of a form are parameters") {
  App app;
  app.post("/",
           [](Form<int, "n", Ge{1}> n, Form<std::string, "s", Default{"none"}> s,
              Form<std::optional<Size>, "size"> size, Form<std::vector<int>, "list"> list,
              Form<bool, "on", Default{false}> on) -> Task<std::string> {
             std::string out =
                 std::to_string(*n) + *s + (*size ? (**size == Size::large ? "L" : "S") : "-");
             for (const int i : *list) out += "," + std::to_string(i);
             co_return out + (*on ? "+" : "");
           });
  const auto body = [&](std::string form) {
    return post(app, "/", kUrlencoded, std::move(form)).text();
  };
  CHECK(body("n=1&s=x&size=large&list=1&list=2&on=on") == "\"1xL,1,2+\"");
  CHECK(body("n=1") == "\"1none-\"");
  CHECK(body("n=1&s=&size=") == "\"1none-\"");
  CHECK(post(app, "/", kMultipart, part("n", "7") + part("list", "1") + "--b--").text() ==
        "\"7none-,1\"");
}

TEST_CASE("fields that do not fit are answered as FastAPI does, all together") {
  App app;
  app.post("/",
           [](Form<int, "n", Ge{1}>, Form<std::string, "s">, Form<Size, "size">,
              Form<std::vector<int>, "list", MaxLength{2}>) -> Task<> { co_return; });
  const TestResponse response = post(app, "/", kUrlencoded, "n=0&s=&size=x&list=1&list=y");
  CHECK(response.status_code == 422);
  CHECK(
      response.text() ==
      R"({"detail":[{"type":"greater_than_equal","loc":["body","n"],"msg":"Input should be greater than or equal to 1","input":"0","ctx":{"ge":1}},)"
      R"({"type":"missing","loc":["body","s"],"msg":"Field required","input":null},)"
      R"({"type":"enum","loc":["body","size"],"msg":"Input should be 'small' or 'large'","input":"x","ctx":{"expected":"'small' or 'large'"}},)"
      R"({"type":"int_parsing","loc":["body","list",1],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"y"}]})");
  CHECK(
      post(app, "/", kUrlencoded, "n=1&s=x&size=small&list=1&list=2&list=3").text() ==
      R"({"detail":[{"type":"too_long","loc":["body","list"],"msg":"List should have at most 2 items after validation, not 3","input":["1","2","3"],"ctx":{"field_type":"List","max_length":2,"actual_length":3}}]})");
  CHECK(post(app, "/", kUrlencoded, "n=1&s=x&size=small&list=y&list=2&list=3")
            .text()
            .starts_with(R"({"detail":[{"type":"too_long","loc":["body","list"],)"));
  // Without a form every required field is missing.
  CHECK(post(app, "/", "application/json", "{}").text().find(R"("loc":["body","size"])") !=
        std::string::npos);
  const TestResponse files =
      post(app, "/", kMultipart, file("n", "a", "1") + file("s", "b", "22") + "--b--");
  CHECK(
      files.text().find(
          R"({"type":"int_type","loc":["body","n"],"msg":"Input should be a valid integer","input":{"filename":"a","size":1,)") !=
      std::string::npos);
  CHECK(
      files.text().find(
          R"({"type":"string_type","loc":["body","s"],"msg":"Input should be a valid string","input":{"filename":"b","size":2,)") !=
      std::string::npos);
}

TEST_CASE("of what is missing in a large form not each tells the whole form") {
  struct Wide {
    std::string a, b, c, d, e, f, g, h;
  };
  App app;
  app.post("/", [](Form<Wide> form) -> Task<Wide> { co_return *form; });
  const std::string controls(600'000, '\1');  // six bytes each in JSON
  const auto refused = post(app, "/", kUrlencoded, "z=" + controls);
  CHECK(refused.status_code == 422);
  CHECK(refused.text().size() < 4'000'000);
  CHECK(refused.json()["detail"].size() == 1);
  CHECK(post(app, "/", kUrlencoded, "z=1").json()["detail"].size() == 8);
}

TEST_CASE("a file may be required where its type does not say so") {
  App app;
  app.post("/all", [](File<std::vector<UploadFile>, "f", Required{}> files) -> Task<std::size_t> {
    co_return files->size();
  });
  app.post("/one", [](File<std::optional<UploadFile>, "f", Required{}>) -> Task<> { co_return; });
  app.post("/any", [](File<std::string, "f", Required{false}> bytes) -> Task<std::size_t> {
    co_return bytes->size();
  });
  for (const char* path : {"/all", "/one"}) {
    CHECK(post(app, path, kMultipart, part("other", "1") + "--b--\r\n").status_code == 422);
    CHECK(post(app, path, kMultipart, file("f", "f.txt", "x") + "--b--\r\n").status_code == 200);
  }
  CHECK(post(app, "/any", kMultipart, part("other", "1") + "--b--\r\n").text() == "0");
}

TEST_CASE("a whole form becomes a model") {
  App app;
  app.post("/", [](Form<Login> login) { return *login; });
  CHECK(post(app, "/", kUrlencoded, "username=me&password=secret&tags=a&tags=b&keep=1&age=4")
            .text() ==
        R"({"username":"me","password":"secret","age":4,"tags":["a","b"],"keep":true})");
  CHECK(post(app, "/", kMultipart, part("username", "me") + part("password", "abc") + "--b--")
            .text() == R"({"username":"me","password":"abc","age":null,"tags":[],"keep":false})");
  CHECK(
      post(app, "/", kUrlencoded, "password=ab&age=x&tags=1&tags=2").text() ==
      R"({"detail":[{"type":"missing","loc":["body","username"],"msg":"Field required","input":{"password":"ab","age":"x","tags":["1","2"]}},)"
      R"({"type":"string_too_short","loc":["body","password"],"msg":"String should have at least 3 characters","input":"ab","ctx":{"min_length":3}},)"
      R"({"type":"int_parsing","loc":["body","age"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}]})");
}

TEST_CASE("a form's list may have its conditions within its optional") {
  struct Tagged {
    std::optional<Field<std::vector<int>, MaxLength{2}>> tags;
    Field<std::optional<Field<std::set<int>, MinLength{2}>>, Title{"Numbers"}> numbers;
  };
  App app;
  app.post("/", [](Form<Tagged> form) { return *form; });
  CHECK(post(app, "/", kUrlencoded, "tags=1&tags=2&numbers=4&numbers=3").text() ==
        R"({"tags":[1,2],"numbers":[3,4]})");
  CHECK(post(app, "/", kUrlencoded, "x=1").text() == R"({"tags":null,"numbers":null})");
  const nlohmann::json errors =
      post(app, "/", kUrlencoded, "tags=1&tags=2&tags=3&numbers=1").json()["detail"];
  REQUIRE(errors.size() == 2);
  CHECK(errors[0]["type"] == "too_long");
  CHECK(errors[1]["type"] == "too_short");
}
