// The other half of core/fields.h: encode and decode. Included by the .cpp files that instantiate
// them for their structs (DMS_CODEC(Pool)), never by a header. JSON is written as text straight
// away, and read through a document of nlohmann::json.
#pragma once

#include <nlohmann/json.hpp>
#include <span>

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

// Writing. Texts are escaped as JSON, and invalid UTF-8 in them is replaced.
void write_text(std::string& out, std::string_view text);
void write_bool(std::string& out, bool value);
void write_int64(std::string& out, std::int64_t value);
void write_double(std::string& out, double value);
// JSON as it was given, without blanks; null for what is not JSON.
void write_raw(std::string& out, const std::string& json);

Status read_string(const Json& json, std::string& out, const Path& path);
Status read_bool(const Json& json, bool& out, const Path& path);
Status read_int64(const Json& json, std::int64_t& out, const Path& path);
Status read_double(const Json& json, double& out, const Path& path);

// What is done with a member, its type erased: the code is made once per type and not for every
// member of every struct.
struct Type {
  bool (*holds_something)(const void* value);
  void (*write)(std::string& out, const void* value);
  Status (*read)(const Json& json, void* value, const Path& path, Missing missing);
};

template <class T>
bool holds_something(const T& value);
template <class T>
void write(std::string& out, const T& value);
template <class T>
Status read(const Json& json, T& out, const Path& path, Missing missing);

template <class T>
inline constexpr Type type_of = {
    [](const void* value) { return holds_something(*static_cast<const T*>(value)); },
    [](std::string& out, const void* value) { write(out, *static_cast<const T*>(value)); },
    [](const Json& json, void* value, const Path& path, Missing missing) {
      return read(json, *static_cast<T*>(value), path, missing);
    }};

// A row of a struct's table.
struct Member {
  std::string_view name;
  Presence presence;
  const Type* type;
  const void* (*in)(const void* object);
};

// `select` as in encode; `out` ends in the object's "{" and what stands before its first member.
void write_members(std::string& out, const void* object, std::span<const Member> members,
                   const std::vector<std::string>& select);
Status read_members(const Json& json, void* object, std::span<const Member> members,
                    const Path& path, Missing missing);

template <class S>
inline constexpr auto table = S::fields();

template <class S, std::size_t row>
const void* member_in(const void* object) {
  return &(static_cast<const S*>(object)->*std::get<row>(table<S>).member);
}

template <class S, class M>
constexpr const Type* type_of_row(const Field<S, M>&) {
  return &type_of<M>;
}

template <class S, std::size_t... rows>
constexpr auto members_of(std::index_sequence<rows...>) {
  return std::array<Member, sizeof...(rows)>{
      Member{std::get<rows>(table<S>).name, std::get<rows>(table<S>).presence,
             type_of_row(std::get<rows>(table<S>)), &member_in<S, rows>}...};
}

template <class S>
inline constexpr auto members =
    members_of<S>(std::make_index_sequence<std::tuple_size_v<decltype(S::fields())>>{});

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

template <class T>
void write_array(std::string& out, const std::vector<T>& values) {
  out += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out += ',';
    write(out, values[i]);
  }
  out += ']';
}

template <class T>
void write(std::string& out, const T& value) {
  if constexpr (HasFields<T>) {
    out += '{';
    write_members(out, &value, members<T>, {});
    out += '}';
  } else if constexpr (IsOptional<T>::value) {
    value ? write(out, *value) : void(out += "null");
  } else if constexpr (IsVector<T>::value) {
    write_array(out, value);
  } else if constexpr (HasWords<T>) {
    write_text(out, text_of(value));
  } else if constexpr (std::is_same_v<T, Int64Text>) {
    write_text(out, std::to_string(value.value));
  } else if constexpr (std::is_same_v<T, Timestamp> || std::is_same_v<T, Duration>) {
    write_text(out, value.iso8601());
  } else if constexpr (std::is_same_v<T, Opaque>) {
    write_raw(out, value.json);
  } else if constexpr (std::is_same_v<T, bool>) {
    write_bool(out, value);
  } else if constexpr (std::is_integral_v<T>) {
    write_int64(out, value);
  } else if constexpr (std::is_same_v<T, double>) {
    write_double(out, value);
  } else {
    write_text(out, value);
  }
}

template <class T>
Status read_array(const Json& json, std::vector<T>& out, const Path& path, Missing missing) {
  if (!json.is_array()) return wrong_type(path, "an array", json);
  out.clear();
  out.reserve(json.size());
  for (const auto& item : json) {
    const Path item_path{&path, {}, static_cast<int>(out.size())};
    DMS_CHECK(read(item, out.emplace_back(), item_path, missing));
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
Status read(const Json& json, T& out, const Path& path, Missing missing) {
  if constexpr (HasFields<T>) {
    return read_members(json, &out, members<T>, path, missing);
  } else if constexpr (IsOptional<T>::value) {
    if constexpr (HasWords<typename T::value_type>)
      if (missing == Missing::allowed && is_unknown_word<typename T::value_type>(json)) return ok();
    return read(json, out.emplace(), path, missing);
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

}  // namespace codec

template <class T>
std::string encode(const T& value, const std::vector<std::string>& select, std::string_view head) {
  std::string out = "{";
  out += head;
  codec::write_members(out, &value, codec::members<T>, select);
  out += '}';
  return out;
}

template <class T>
Result<T> decode(std::string_view json, Missing missing) {
  DMS_TRY(const codec::Json object, codec::parse_object(json));
  T value{};
  DMS_CHECK(codec::read_members(object, &value, codec::members<T>, codec::Path{}, missing));
  return value;
}

}  // namespace dms

// Instantiates encode and decode for one struct, at the end of the .cpp that owns it.
#define DMS_CODEC(T)                                                             \
  template std::string dms::encode<T>(const T&, const std::vector<std::string>&, \
                                      std::string_view);                         \
  template dms::Result<T> dms::decode<T>(std::string_view, dms::Missing)
