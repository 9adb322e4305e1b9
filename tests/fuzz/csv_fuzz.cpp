// Files of values. The input's first byte says which character sets them apart; the rest is the
// file.
#include "models/sweep/csv.h"

#include "tests/fuzz/fuzz.h"

using namespace dms;
using namespace dms::models;

namespace {

// "3:9: …", with both numbers above 0.
void require_place(const Error& error) {
  std::string_view rest = error.message;
  for (const std::string_view number : {fuzz::take_until(rest, ":"), fuzz::take_until(rest, ":")})
    fuzz::require(std::atoi(std::string(number).c_str()) > 0, "an error names a place",
                  error.message);
}

// The rows in RFC 4180, every field in quotes.
std::string written(const std::vector<CsvRow>& rows) {
  std::string text;
  for (const CsvRow& row : rows) {
    for (std::size_t at = 0; at < row.fields.size(); ++at) {
      text += at == 0 ? "\"" : ",\"";
      for (const char c : row.fields[at]) text.append(c == '"' ? 2 : 1, c);
      text += '"';
    }
    text += "\r\n";
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  static constexpr std::string_view delimiters = ",; \t";
  const unsigned choice = fuzz::take_byte(text);
  CsvSyntax syntax{.delimiter = delimiters[choice % 4]};
  if (choice & 4) syntax.comment = '#';
  const auto rows = parse_csv(text, syntax);
  if (!rows) {
    require_place(rows.error());
    return 0;
  }
  for (const CsvRow& row : *rows)
    fuzz::require(row.line > 0 && !row.fields.empty() && row.fields.size() == row.places.size(),
                  "a row has fields with places");
  const auto again = parse_csv(written(*rows));
  fuzz::require(again && again->size() == rows->size(), "what was written is read again");
  for (std::size_t at = 0; at < rows->size(); ++at)
    fuzz::require((*again)[at].fields == (*rows)[at].fields, "and is the same");
  for (const CsvHeader header : {CsvHeader::first_row, CsvHeader::none}) {
    const auto table = take_columns(*rows, {{"A", "1"}, {"B", "2"}}, header);
    if (!table) require_place(table.error());
  }
  return 0;
}
