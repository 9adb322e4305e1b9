// The other half of core/fields.h: encode and decode over nlohmann::json. Included by the .cpp
// files that instantiate them for their structs (DMS_CODEC(Pool)), never by a header.
#pragma once

#include <nlohmann/json.hpp>

#include "core/fields.h"

namespace dms {
namespace codec {

using Json = nlohmann::ordered_json;

template <class T>
concept HasFields = requires {
  T::fields();
};
template <class T>
concept HasWords = requires(T value) {
  words(value);
};

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

// Where in the document the reader is: "startTask.resourceFiles[2].filePath".
struct Path {
  const Path* parent = nullptr;
  std::string_view name;
  int index = -1;
  std::string to_string() const;
};

Error wrong_type(const Path& path, std::string_view expected, const Json& found);
Error wrong_value(const Path& path, std::string_view value, std::string_view why);
Error missing_member(const Path& path);
Result<Json> parse_object(std::string_view text);
// Text of a value as JSON, invalid UTF-8 replaced, never throwing.
std::string dump(const Json& json);
// The member of `object` called `name`, case ignored when the exact name is absent; null when
// absent.
const Json* find_member(const Json& object, std::string_view name);

// Building and looking into JSON values, out of line: the templates below are instantiated for
// every member of every struct and must stay thin.
Json make_object();
Json make_array();
Json make_text(std::string_view text);
Json make_bool(bool value);
Json make_int64(std::int64_t value);
Json make_double(double value);
Json make_raw(const std::string& text);
void put(Json& object, std::string_view name, Json value);
void append(Json& array, Json item);

template <class S, class M>
void write_member(Json& object, const S& value, const Field<S, M>& field);

template <class T>
Json to_json(const T& value) {
  if constexpr (HasFields<T>) {
    Json object = make_object();
    std::apply([&](const auto&... fields) { (write_member(object, value, fields), ...); },
               T::fields());
    return object;
  } else if constexpr (IsOptional<T>::value) {
    return value ? to_json(*value) : Json(nullptr);
  } else if constexpr (IsVector<T>::value) {
    Json array = make_array();
    for (const auto& item : value) append(array, to_json(item));
    return array;
  } else if constexpr (HasWords<T>) {
    return make_text(text_of(value));
  } else if constexpr (std::is_same_v<T, Int64Text>) {
    return make_text(std::to_string(value.value));
  } else if constexpr (std::is_same_v<T, Timestamp> || std::is_same_v<T, Duration>) {
    return make_text(value.iso8601());
  } else if constexpr (std::is_same_v<T, Opaque>) {
    return make_raw(value.json);
  } else if constexpr (std::is_same_v<T, bool>) {
    return make_bool(value);
  } else if constexpr (std::is_integral_v<T>) {
    return make_int64(value);
  } else if constexpr (std::is_same_v<T, double>) {
    return make_double(value);
  } else {
    return make_text(value);
  }
}

template <class T>
bool holds_something(const T& value) {
  if constexpr (IsOptional<T>::value)
    return value.has_value();
  else if constexpr (IsVector<T>::value || std::is_same_v<T, std::string>)
    return !value.empty();
  else if constexpr (std::is_same_v<T, Opaque>)
    return !value.json.empty();
  else
    return true;
}

template <class S, class M>
void write_member(Json& object, const S& value, const Field<S, M>& field) {
  if (field.presence == Presence::required || holds_something(value.*field.member))
    put(object, field.name, to_json(value.*field.member));
}

template <class T>
Status from_json(const Json& json, T& out, const Path& path, Missing missing);

template <class S, class M>
Status read_member(const Json& object, S& out, const Field<S, M>& field, const Path& path,
                   Missing missing) {
  const Path member_path{&path, field.name};
  const Json* member = find_member(object, field.name);
  if (!member || member->is_null()) {
    if (missing == Missing::refused && field.presence == Presence::required)
      return missing_member(member_path);
    return ok();
  }
  return from_json(*member, out.*field.member, member_path, missing);
}

template <class T>
Status read_struct(const Json& json, T& out, const Path& path, Missing missing) {
  if (!json.is_object()) return wrong_type(path, "an object", json);
  Status status = ok();
  std::apply(
      [&](const auto&... fields) {
        ((status ? void(status = read_member(json, out, fields, path, missing)) : void()), ...);
      },
      T::fields());
  return status;
}

template <class T>
Status read_array(const Json& json, std::vector<T>& out, const Path& path, Missing missing) {
  if (!json.is_array()) return wrong_type(path, "an array", json);
  out.clear();
  out.reserve(json.size());
  for (const auto& item : json) {
    const Path item_path{&path, {}, static_cast<int>(out.size())};
    DMS_CHECK(from_json(item, out.emplace_back(), item_path, missing));
  }
  return ok();
}

template <class T>
Status read_parsed(const Json& json, T& out, const Path& path) {
  if (!json.is_string()) return wrong_type(path, "a string", json);
  auto parsed = T::parse(json.get_ref<const std::string&>());
  if (!parsed) return wrong_value(path, json.get_ref<const std::string&>(), parsed.error().message);
  out = *parsed;
  return ok();
}

Status read_string(const Json& json, std::string& out, const Path& path);
Status read_bool(const Json& json, bool& out, const Path& path);
Status read_int64(const Json& json, std::int64_t& out, const Path& path);
Status read_double(const Json& json, double& out, const Path& path);

// A word that a newer service may have added: a client leaves the member empty, where it can be.
template <class T>
bool is_unknown_word(const Json& json) {
  return json.is_string() && !parse_word<T>(json.get_ref<const std::string&>());
}

template <class T>
Status read_enum(const Json& json, T& out, const Path& path) {
  std::string text;
  DMS_CHECK(read_string(json, text, path));
  const auto parsed = parse_word<T>(text);
  if (!parsed) return wrong_value(path, text, "no such word");
  out = *parsed;
  return ok();
}

template <class T>
Status from_json(const Json& json, T& out, const Path& path, Missing missing) {
  if constexpr (HasFields<T>) {
    return read_struct(json, out, path, missing);
  } else if constexpr (IsOptional<T>::value) {
    if constexpr (HasWords<typename T::value_type>)
      if (missing == Missing::allowed && is_unknown_word<typename T::value_type>(json)) return ok();
    return from_json(json, out.emplace(), path, missing);
  } else if constexpr (IsVector<T>::value) {
    return read_array(json, out, path, missing);
  } else if constexpr (HasWords<T>) {
    return read_enum(json, out, path);
  } else if constexpr (std::is_same_v<T, Int64Text>) {
    return read_int64(json, out.value, path);
  } else if constexpr (std::is_same_v<T, Timestamp> || std::is_same_v<T, Duration>) {
    return read_parsed(json, out, path);
  } else if constexpr (std::is_same_v<T, Opaque>) {
    out.json = dump(json);
    return ok();
  } else if constexpr (std::is_same_v<T, bool>) {
    return read_bool(json, out, path);
  } else if constexpr (std::is_integral_v<T>) {
    std::int64_t wide = 0;
    DMS_CHECK(read_int64(json, wide, path));
    if (wide < std::numeric_limits<T>::min() || wide > std::numeric_limits<T>::max())
      return wrong_value(path, std::to_string(wide), "out of range");
    out = static_cast<T>(wide);
    return ok();
  } else if constexpr (std::is_same_v<T, double>) {
    return read_double(json, out, path);
  } else {
    return read_string(json, out, path);
  }
}

template <class T>
void write_selected(Json& object, const T& value, const std::vector<std::string>& select) {
  const auto selected = [&](std::string_view name) {
    if (select.empty()) return true;
    for (const auto& entry : select)
      if (equal_ignoring_case(entry, name)) return true;
    return false;
  };
  std::apply(
      [&](const auto&... fields) {
        ((selected(fields.name) ? write_member(object, value, fields) : void()), ...);
      },
      T::fields());
}

}  // namespace codec

template <class T>
std::string encode(const T& value, const std::vector<std::string>& select, std::string_view head) {
  codec::Json object = codec::make_object();
  codec::write_selected(object, value, select);
  std::string text = codec::dump(object);
  if (head.empty()) return text;
  std::string with_head = "{" + std::string(head);
  if (text.size() > 2) with_head += ",";
  return with_head.append(text, 1);
}

template <class T>
Result<T> decode(std::string_view json, Missing missing) {
  DMS_TRY(const codec::Json object, codec::parse_object(json));
  T value{};
  DMS_CHECK(codec::from_json(object, value, codec::Path{}, missing));
  return value;
}

}  // namespace dms

// Instantiates encode and decode for one struct, at the end of the .cpp that owns it.
#define DMS_CODEC(T)                                                             \
  template std::string dms::encode<T>(const T&, const std::vector<std::string>&, \
                                      std::string_view);                         \
  template dms::Result<T> dms::decode<T>(std::string_view, dms::Missing)
