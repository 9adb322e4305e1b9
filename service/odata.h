// OData filters as the Batch service has them.
//
//   filter     := or
//   or         := and { "or" and }
//   and        := term { "and" term }
//   term       := "(" filter ")" | startswith | comparison
//   startswith := "startswith" "(" property "," string ")"
//   comparison := property ( "eq" | "ne" | "gt" | "ge" | "lt" | "le" ) literal
//   property   := name { "/" name }
//   literal    := string | integer | "true" | "false" | "DateTime" string
//   string     := "'" { any but "'" | "''" } "'"
//
// Property names are case-sensitive, texts compare without regard to case. A comparison with a
// property that an object does not have is false. Source: "OData filters" of the REST reference.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/fields.h"
#include "core/result.h"
#include "core/time.h"

namespace dms::service {

// The value of a property; monostate where the object has none. A text is the object's own.
using Scalar = std::variant<std::monostate, std::string_view, std::int64_t, bool, Timestamp>;

// An optional member as a property: absent when it is empty, an enum as its word.
inline Scalar scalar_of(const std::optional<Timestamp>& value) {
  return value ? Scalar(*value) : Scalar();
}
inline Scalar scalar_of(const std::optional<int>& value) {
  return value ? Scalar(std::int64_t{*value}) : Scalar();
}
inline Scalar scalar_of(const std::optional<std::string>& value) {
  return value ? Scalar(std::string_view(*value)) : Scalar();
}
template <class Enum>
requires std::is_enum_v<Enum> Scalar scalar_of(const std::optional<Enum>& value) {
  return value ? Scalar(text_of(*value)) : Scalar();
}

// What a list may be filtered by, and how each is read from an object.
template <class T>
struct Filterable {
  std::string_view property;
  Scalar (*read)(const T&);
};

// A parsed filter. The empty one lets everything pass.
class Filter {
 public:
  using Reader = std::function<Scalar(std::size_t property)>;

  // Parses text against the properties of a list; they are numbered by their place.
  // Errors: batch_error InvalidQueryParameterValue, telling what was expected and where.
  static Result<Filter> parse(std::string_view text,
                              const std::vector<std::string_view>& properties);

  bool passes(const Reader& read) const;

  struct Node;

 private:
  std::shared_ptr<const Node> root_;
};

// A filter over objects of one type.
template <class T>
class FilterOf {
 public:
  // Requires: what `table` points to outlives the filter.
  static Result<FilterOf> parse(std::string_view text, std::span<const Filterable<T>> table) {
    std::vector<std::string_view> names;
    for (const auto& row : table) names.push_back(row.property);
    DMS_TRY(Filter filter, Filter::parse(text, names));
    return FilterOf(std::move(filter), table);
  }

  bool passes(const T& object) const {
    return filter_.passes([&](std::size_t property) { return table_[property].read(object); });
  }

 private:
  FilterOf(Filter filter, std::span<const Filterable<T>> table)
      : filter_(std::move(filter)), table_(table) {}

  Filter filter_;
  std::span<const Filterable<T>> table_;
};

}  // namespace dms::service
