#include "cli/listing.h"

#include <fmt/format.h>

namespace dms::cli {

void Listing::add(const std::string& json, const std::vector<std::string>& cells) {
  if (output_ == Output::json) {
    fmt::print("{}{}", rows_ == 0 ? "[\n" : ",\n", json);
  } else {
    if (rows_ == 0) {
      std::vector<std::string> titles;
      for (const Column& column : columns_) titles.emplace_back(column.title);
      print_cells(titles);
    }
    print_cells(cells);
  }
  ++rows_;
}

void Listing::finish() {
  if (output_ == Output::json)
    fmt::print("{}\n", rows_ == 0 ? "[]" : "\n]");
  else if (rows_ == 0)
    fmt::print("none\n");
}

void Listing::print_cells(const std::vector<std::string>& cells) const {
  std::string line;
  for (std::size_t at = 0; at < cells.size(); ++at)
    line += fmt::format("{:<{}}  ", cells[at], columns_[at].width);
  line.erase(line.find_last_not_of(' ') + 1);
  fmt::print("{}\n", line);
}

void print_fact(std::string_view name, std::string_view value) {
  if (!value.empty()) fmt::print("{:<16}{}\n", name, value);
}

std::string time_or_empty(const std::optional<Timestamp>& time) {
  if (!time) return "";
  std::string text = time->iso8601();
  text.resize(std::min<std::size_t>(text.size(), 19));
  if (text.size() > 10) text[10] = ' ';
  return text;
}

}  // namespace dms::cli
