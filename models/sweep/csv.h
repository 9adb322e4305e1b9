// Tables of text: rows of comma-separated values, read from a file's text.
//
// Pure functions and values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace dms::models {

// Rows in which each value belongs to a parameter: one point of a sweep a row.
struct Table {
  std::vector<std::string> columns;            // names of the parameters
  std::vector<std::vector<std::string>> rows;  // each as long as `columns`
};

// A row of a CSV file as it stands there.
struct CsvRow {
  int line = 0;  // where it begins, from 1
  std::vector<std::string> fields;
  std::vector<int> places;  // the column in the line where each field begins, from 1
};

// How the values of a file are set apart.
struct CsvSyntax {
  char delimiter = ',';         // ' ' stands for any blanks and tabs, also many
  std::optional<char> comment;  // lines that begin with it are left out
};

// Reads RFC 4180: a field in double quotes may hold delimiters, line ends and doubled quotes.
// Blanks around a field that is not quoted do not belong to it; empty lines are left out; CRLF is a
// line end; a byte order mark is no part of the text. Errors: invalid_argument with "line:column: "
// in front for a quote that does not end, for what follows one in its field, and for a zero byte.
Result<std::vector<CsvRow>> parse_csv(std::string_view text, CsvSyntax syntax = {});

// A parameter and the column of the file that has its values: the name in the header, or a number
// from 1 when there is no header.
struct CsvColumn {
  std::string parameter;
  std::string source;
};

// The columns of `rows`. Without `columns` every column of the header is a parameter.
// Errors: invalid_argument with "line:column: " in front for a file without rows, a column that is
// not there (with those that are), one that is there twice, and a row that is too short.
enum class CsvHeader { first_row, none };
Result<Table> take_columns(const std::vector<CsvRow>& rows, const std::vector<CsvColumn>& columns,
                           CsvHeader header);

}  // namespace dms::models
