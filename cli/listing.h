// Lists of service objects as aligned lines or as a JSON array, written while they arrive.
//
// One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "core/fields.h"
#include "core/time.h"

namespace dms::cli {

struct Column {
  std::string_view title;
  int width;  // longer values push the rest of their line aside
};

// Prints a heading before the first row, or "none" in place of everything; as JSON an array.
class Listing {
 public:
  Listing(Output output, std::vector<Column> columns)
      : output_(output), columns_(std::move(columns)) {}

  // `json` is the object's, and `cells` its text, one per column.
  void add(const std::string& json, const std::vector<std::string>& cells);
  // Call it once, after the last.
  void finish();

 private:
  void print_cells(const std::vector<std::string>& cells) const;

  const Output output_;
  const std::vector<Column> columns_;
  std::size_t rows_ = 0;
};

// A line of a description: "state        active"; nothing for an empty value.
void print_fact(std::string_view name, std::string_view value);

// The word of an optional enum, "" when it is absent.
template <class Enum>
std::string word_or_empty(const std::optional<Enum>& value) {
  return value ? std::string(text_of(*value)) : std::string();
}

template <class Number>
std::string number_or_empty(const std::optional<Number>& value) {
  return value ? std::to_string(*value) : std::string();
}

// "2026-11-20 19:53:16" (UTC), "" when it is absent.
std::string time_or_empty(const std::optional<Timestamp>& time);

}  // namespace dms::cli
