#include "core/codec.h"

#include <charconv>

#include "core/log.h"

namespace dms {

static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

namespace codec {

std::string Path::to_string() const {
  std::string text = parent ? parent->to_string() : "";
  if (index >= 0) return text + "[" + std::to_string(index) + "]";
  if (!text.empty() && !name.empty()) text += ".";
  return text.append(name);
}

Json make_object() { return Json::object(); }
Json make_array() { return Json::array(); }
Json make_text(std::string_view text) { return Json(std::string(text)); }
Json make_bool(bool value) { return Json(value); }
Json make_int64(std::int64_t value) { return Json(value); }
Json make_double(double value) { return Json(value); }
Json make_raw(const std::string& text) {
  Json parsed = Json::parse(text, nullptr, false);
  return parsed.is_discarded() ? Json(nullptr) : parsed;
}

void put(Json& object, std::string_view name, Json value) {
  object[std::string(name)] = std::move(value);
}

void append(Json& array, Json item) { array.push_back(std::move(item)); }

static Error bad_body(std::string_view service_code, std::string message) {
  Error error = fail(Code::invalid_argument, std::move(message));
  error.http_status = 400;
  error.service_code = service_code;
  return error;
}

// The member itself, or for an item of an array the array.
static std::string member_name(const Path& path) {
  const Path* named = &path;
  while (named->name.empty() && named->parent) named = named->parent;
  return std::string(named->name);
}

Error wrong_type(const Path& path, std::string_view expected, const Json& found) {
  Error error =
      bad_body("InvalidPropertyValue", path.to_string() + " must be " + std::string(expected) +
                                           ", not " + found.type_name());
  error.details = {{"PropertyName", member_name(path)},
                   {"Reason", "It must be " + std::string(expected)}};
  return error;
}

Error wrong_value(const Path& path, std::string_view value, std::string_view why) {
  Error error = bad_body("InvalidPropertyValue", path.to_string() + " is '" + std::string(value) +
                                                     "': " + std::string(why));
  error.details = {{"PropertyName", member_name(path)},
                   {"PropertyValue", redact(value)},
                   {"Reason", std::string(why)}};
  return error;
}

Error missing_member(const Path& path) {
  Error error = bad_body("MissingRequiredProperty",
                         "the required property " + path.to_string() + " is missing");
  error.details = {{"PropertyName", member_name(path)}};
  return error;
}

// How deep a document may nest before it is refused; the wire's deepest object has nine levels.
constexpr int max_depth = 64;

static bool too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > max_depth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

Result<Json> parse_object(std::string_view text) {
  if (too_deep(text)) return bad_body("InvalidRequestBody", "the JSON nests too deeply");
  try {
    Json json = Json::parse(text);
    if (!json.is_object()) return bad_body("InvalidRequestBody", "the body must be a JSON object");
    return json;
  } catch (const Json::exception& e) {
    return bad_body("InvalidRequestBody", std::string("the body is not JSON: ") + e.what());
  }
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const Json* find_member(const Json& object, std::string_view name) {
  if (const auto exact = object.find(name); exact != object.end()) return &*exact;
  for (auto it = object.begin(); it != object.end(); ++it)
    if (equal_ignoring_case(it.key(), name)) return &*it;
  return nullptr;
}

Status read_string(const Json& json, std::string& out, const Path& path) {
  if (!json.is_string()) return wrong_type(path, "a string", json);
  out = json.get_ref<const std::string&>();
  return ok();
}

Status read_bool(const Json& json, bool& out, const Path& path) {
  if (!json.is_boolean()) return wrong_type(path, "true or false", json);
  out = json.get<bool>();
  return ok();
}

Status read_int64(const Json& json, std::int64_t& out, const Path& path) {
  if (json.is_number_unsigned() &&
      json.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
    return wrong_value(path, dump(json), "out of range");
  if (json.is_number_integer()) {
    out = json.get<std::int64_t>();
    return ok();
  }
  if (!json.is_string()) return wrong_type(path, "an integer", json);
  const auto& text = json.get_ref<const std::string&>();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size())
    return wrong_value(path, text, "not an integer");
  return ok();
}

Status read_double(const Json& json, double& out, const Path& path) {
  if (!json.is_number()) return wrong_type(path, "a number", json);
  out = json.get<double>();
  return ok();
}

}  // namespace codec
}  // namespace dms
