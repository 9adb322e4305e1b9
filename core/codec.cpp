#include "core/codec.h"

#include <algorithm>
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

// What no JSON text may hold as it stands; a byte of UTF-8 is looked at by the library.
static bool needs_care(char c) {
  return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x80 ||
         c == '"' || c == '\\';
}

void write_text(std::string& out, std::string_view text) {
  const auto careful = std::find_if(text.begin(), text.end(), needs_care);
  if (careful != text.end() && std::any_of(careful, text.end(), [](char c) {
        return needs_care(c) && c != '"' && c != '\\';
      })) {
    out += dump(Json(std::string(text)));
    return;
  }
  out += '"';
  out.append(text.begin(), careful);
  for (auto c = careful; c != text.end(); ++c) {
    if (needs_care(*c)) out += '\\';
    out += *c;
  }
  out += '"';
}

void write_bool(std::string& out, bool value) { out += value ? "true" : "false"; }
void write_int64(std::string& out, std::int64_t value) { out += std::to_string(value); }
void write_double(std::string& out, double value) { out += dump(Json(value)); }

void write_raw(std::string& out, const std::string& json) {
  const Json parsed = Json::parse(json, nullptr, false);
  out += parsed.is_discarded() ? "null" : dump(parsed);
}

static bool is_selected(std::string_view name, const std::vector<std::string>& select) {
  return select.empty() || std::any_of(select.begin(), select.end(), [&](const auto& entry) {
           return equal_ignoring_case(entry, name);
         });
}

void write_members(std::string& out, const void* object, std::span<const Member> members,
                   const std::vector<std::string>& select) {
  for (const Member& member : members) {
    const void* value = member.in(object);
    if (member.presence == Presence::optional && !member.type->holds_something(value)) continue;
    if (!is_selected(member.name, select)) continue;
    if (out.back() != '{') out += ',';
    write_text(out, member.name);
    out += ':';
    member.type->write(out, value);
  }
}

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

// The member of `object` called `name`, case ignored when the exact name is absent; null when
// absent.
static const Json* find_member(const Json& object, std::string_view name) {
  const Json* found = nullptr;
  for (auto it = object.begin(); it != object.end(); ++it) {
    if (it.key() == name) return &*it;
    if (!found && equal_ignoring_case(it.key(), name)) found = &*it;
  }
  return found;
}

Status read_members(const Json& json, void* object, std::span<const Member> members,
                    const Path& path, Missing missing) {
  if (!json.is_object()) return wrong_type(path, "an object", json);
  for (const Member& member : members) {
    const Path member_path{&path, member.name};
    const Json* found = find_member(json, member.name);
    if (found && !found->is_null())
      DMS_CHECK(
          member.type->read(*found, const_cast<void*>(member.in(object)), member_path, missing));
    else if (missing == Missing::refused && member.presence == Presence::required)
      return missing_member(member_path);
  }
  return ok();
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
