#include "models/sweep/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "core/suggest.h"

namespace dms::models {
namespace {

Error at_place(int line, int column, std::string_view message) {
  return fail(Code::invalid_argument, fmt::format("{}:{}: {}", line, column, message));
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Reads a text from its front, knowing where it is.
class CsvReader {
 public:
  CsvReader(std::string_view text, CsvSyntax syntax) : text_(text), syntax_(syntax) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = line_start_ = 3;
  }

  Result<std::vector<CsvRow>> rows() {
    std::vector<CsvRow> rows;
    while (at_ < text_.size()) {
      if (skip_idle_line()) continue;
      CsvRow row{.line = line_};
      DMS_CHECK(read_row(row));
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  bool at_end_of_line() const {
    return at_ >= text_.size() || text_[at_] == '\n' ||
           (text_[at_] == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] == '\n'));
  }
  bool at_delimiter() const {
    if (at_ >= text_.size()) return false;
    return syntax_.delimiter == ' ' ? is_blank(text_[at_]) : text_[at_] == syntax_.delimiter;
  }
  int column() const { return static_cast<int>(at_ - line_start_) + 1; }

  void next_line() {
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    at_ = std::min(at_ + 1, text_.size());
    line_start_ = at_;
    ++line_;
  }

  // Goes over a line that is blank or a comment.
  bool skip_idle_line() {
    const std::size_t begin = at_;
    while (!at_end_of_line() && is_blank(text_[at_]) && text_[at_] != syntax_.delimiter) ++at_;
    if (syntax_.delimiter == ' ')
      while (!at_end_of_line() && is_blank(text_[at_])) ++at_;
    if (at_end_of_line() || (syntax_.comment && text_[at_] == *syntax_.comment)) {
      next_line();
      return true;
    }
    at_ = begin;
    return false;
  }

  Status read_row(CsvRow& row) {
    while (true) {
      skip_blanks();
      if (syntax_.delimiter == ' ' && at_end_of_line()) break;
      row.places.push_back(column());
      DMS_TRY(std::string field, read_field());
      row.fields.push_back(std::move(field));
      skip_blanks();
      if (at_end_of_line()) break;
      if (syntax_.delimiter != ' ') ++at_;
    }
    next_line();
    return ok();
  }

  void skip_blanks() {
    while (!at_end_of_line() && is_blank(text_[at_]) &&
           (syntax_.delimiter == ' ' || text_[at_] != syntax_.delimiter))
      ++at_;
  }

  Result<std::string> read_field() {
    if (!at_end_of_line() && text_[at_] == '"') return read_quoted();
    const std::size_t begin = at_;
    while (!at_end_of_line() && !at_delimiter()) {
      if (text_[at_] == '\0') return at_place(line_, column(), "a zero byte");
      ++at_;
    }
    std::string_view field = text_.substr(begin, at_ - begin);
    while (!field.empty() && is_blank(field.back())) field.remove_suffix(1);
    return std::string(field);
  }

  Result<std::string> read_quoted() {
    const int line = line_, begin = column();
    std::string field;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\0') return at_place(line_, column(), "a zero byte");
      if (text_[at_] == '"' && at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        ++at_;
      } else if (text_[at_] == '"') {
        const std::size_t end = ++at_;
        skip_blanks();
        const bool separated = syntax_.delimiter == ' ' ? at_ > end : at_delimiter();
        if (!at_end_of_line() && !separated)
          return at_place(line_, column(), "text after the quote that ends the field");
        return field;
      }
      field += text_[at_];
      if (text_[at_] == '\n') line_start_ = at_ + 1, ++line_;
    }
    return at_place(line, begin, "the quote does not end");
  }

  std::string_view text_;
  CsvSyntax syntax_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
};

std::optional<std::size_t> number_of_column(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number - 1;
}

Result<std::size_t> place_of(const CsvRow& first, const CsvColumn& column, CsvHeader header) {
  if (header == CsvHeader::none) {
    const auto place = number_of_column(column.source);
    if (place && *place < first.fields.size()) return *place;
    return at_place(first.line, 1,
                    fmt::format("no column {} for {}: the row has {} fields", column.source,
                                column.parameter, first.fields.size()));
  }
  const auto found = std::find(first.fields.begin(), first.fields.end(), column.source);
  if (found == first.fields.end()) {
    const std::string hint = did_you_mean(column.source, std::span(first.fields));
    return at_place(first.line, 1,
                    fmt::format("no column '{}'{}; the header has {}", column.source, hint,
                                fmt::join(first.fields, ", ")));
  }
  const auto place = static_cast<std::size_t>(found - first.fields.begin());
  if (std::find(found + 1, first.fields.end(), column.source) != first.fields.end())
    return at_place(first.line, first.places[place],
                    fmt::format("two columns are called '{}'", column.source));
  return place;
}

}  // namespace

Result<std::vector<CsvRow>> parse_csv(std::string_view text, CsvSyntax syntax) {
  return CsvReader(text, syntax).rows();
}

Result<Table> take_columns(const std::vector<CsvRow>& rows, const std::vector<CsvColumn>& columns,
                           CsvHeader header) {
  const std::size_t first_row = header == CsvHeader::first_row ? 1 : 0;
  if (rows.size() <= first_row)
    return at_place(rows.empty() ? 1 : rows[0].line, 1, "the file has no rows of values");
  std::vector<CsvColumn> wanted = columns;
  if (wanted.empty())
    for (const std::string& name : rows[0].fields) wanted.push_back({name, name});
  std::vector<std::size_t> places;
  Table table;
  for (const CsvColumn& column : wanted) {
    DMS_TRY(const std::size_t place, place_of(rows[0], column, header));
    places.push_back(place);
    table.columns.push_back(column.parameter);
  }
  table.rows.reserve(rows.size() - first_row);
  for (std::size_t at = first_row; at < rows.size(); ++at) {
    std::vector<std::string> values;
    values.reserve(places.size());
    for (std::size_t column = 0; column < places.size(); ++column) {
      if (places[column] >= rows[at].fields.size())
        return at_place(
            rows[at].line, rows[at].places.empty() ? 1 : rows[at].places.back(),
            fmt::format("the row has {} fields, but {} is field {}", rows[at].fields.size(),
                        wanted[column].parameter, places[column] + 1));
      values.push_back(rows[at].fields[places[column]]);
    }
    table.rows.push_back(std::move(values));
  }
  return table;
}

}  // namespace dms::models
