// Field tables: one table of member pointers per struct, from which JSON is written and read.
//
//   struct Job {
//     std::string id;
//     std::optional<int> priority;
//     template <class S = Job>
//     static constexpr auto fields() {
//       return std::tuple{required("id", &S::id), field("priority", &S::priority)};
//     }
//   };
//
// The table is a template for the compiler's sake: who includes a struct without encoding it does
// not pay for its table (3 of 5 seconds for the whole wire).
//
// A member may be: std::string, bool, int, std::int64_t (a JSON number), double, Int64Text (an
// int64 that the wire writes as a string), Timestamp, Duration, Opaque, an enum with a `words`
// table, a struct with a field table, and std::optional or std::vector of these.
//
// Written: required fields always; others when they hold something (an engaged optional, a
// non-empty string or vector). Order is the table's. Read: unknown members are ignored, null counts
// as absent, names compare without regard to case, as the service reads them. With Missing::allowed
// a word that an enum's table does not know leaves an optional member empty: services add words.
//
// The JSON library is reached through core/codec.h only, which the one .cpp that owns a group of
// structs includes to instantiate encode and decode for them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace dms {

// An int64 that is a JSON string on the wire ("contentLength": "12").
struct Int64Text {
  std::int64_t value = 0;
  auto operator<=>(const Int64Text&) const = default;
};

// Any JSON value, kept as text: members that this program carries but does not look into.
struct Opaque {
  std::string json;
  bool operator==(const Opaque&) const = default;
};

enum class Presence { optional, required };

template <class Struct, class Member>
struct Field {
  std::string_view name;
  Member Struct::*member;
  Presence presence;
};

template <class Struct, class Member>
constexpr Field<Struct, Member> required(std::string_view name, Member Struct::*member) {
  return {name, member, Presence::required};
}

template <class Struct, class Member>
constexpr Field<Struct, Member> field(std::string_view name, Member Struct::*member) {
  return {name, member, Presence::optional};
}

// The words of an enum, one table per enum, found by argument-dependent lookup:
//   constexpr auto words(JobState) { return std::array{word(JobState::active, "active"), …}; }
// The first entry of a value is written; all are read, without regard to case.
template <class Enum>
struct Word {
  Enum value;
  std::string_view text;
};

template <class Enum>
constexpr Word<Enum> word(Enum value, std::string_view text) {
  return {value, text};
}

template <class Enum>
constexpr std::string_view text_of(Enum value) {
  for (const auto& entry : words(value))
    if (entry.value == value) return entry.text;
  return "unknown";
}

bool equal_ignoring_case(std::string_view a, std::string_view b);

template <class Enum>
std::optional<Enum> parse_word(std::string_view text) {
  for (const auto& entry : words(Enum{}))
    if (equal_ignoring_case(entry.text, text)) return entry.value;
  return std::nullopt;
}

// Whether decode refuses a struct whose required member is missing: a service does, a client does
// not (a `$select` leaves members out).
enum class Missing { refused, allowed };

// The JSON text of a struct with a field table, without blanks. `select` names the top-level
// members to write; empty means all. `head` is raw JSON members written first
// ("\"odata.metadata\":\"…\"").
template <class T>
std::string encode(const T& value, const std::vector<std::string>& select = {},
                   std::string_view head = {});

// Errors: invalid_argument; service_code InvalidRequestBody for text that is not a JSON object,
// MissingRequiredProperty or InvalidPropertyValue for a member, whose path
// ("startTask.commandLine", "value[3].id") the message names.
template <class T>
Result<T> decode(std::string_view json, Missing missing = Missing::allowed);

}  // namespace dms
