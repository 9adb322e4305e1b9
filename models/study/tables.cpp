// ValuesReader for parameters that stand in rows: files of values, and tables in the study itself.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/file.h"
#include "models/study/values.h"

namespace dms::models {
namespace {

using Kind = YamlNode::Kind;

}  // namespace

// What the key `csv` says.
struct ValuesReader::CsvKeys {
  std::string file;
  Mark file_mark;
  std::vector<CsvColumn> columns;
  std::optional<CsvHeader> header;
  CsvSyntax syntax;
};

Result<Table> ValuesReader::csv(const YamlNode& node) const {
  DMS_TRY(const CsvKeys keys, csv_keys(node));
  const auto in_file = [&](const Error& error) {
    return reader_.error(keys.file_mark, fmt::format("sweep.csv: {}:{}", keys.file, error.message));
  };
  auto text = read_file((folder() / keys.file).string());
  if (!text)
    return reader_.error(keys.file_mark, fmt::format("sweep.csv: {}", text.error().message));
  const auto rows = parse_csv(*text, keys.syntax);
  if (!rows) return in_file(rows.error());
  auto table = take_columns(*rows, keys.columns, *keys.header);
  if (!table) return in_file(table.error());
  for (const std::string& name : table->columns) DMS_CHECK(column_name(name, keys.file_mark));
  return table;
}

Result<ValuesReader::CsvKeys> ValuesReader::csv_keys(const YamlNode& node) const {
  static constexpr std::array<std::string_view, 5> known{"file", "columns", "delimiter", "header",
                                                         "comment"};
  CsvKeys keys{.file_mark = node.mark};
  if (node.kind == Kind::scalar) {
    DMS_TRY(keys.file, reader_.text("sweep.csv", node));
    keys.header = CsvHeader::first_row;
    return keys;
  }
  if (node.kind != Kind::map)
    return reader_.error(node.mark, fmt::format("sweep.csv is a file, or {{file: …, columns: …}}, "
                                                "not {}",
                                                describe(node)));
  for (const YamlEntry& entry : node.entries) {
    const std::string what = "sweep.csv." + entry.key;
    if (entry.key == "file") {
      DMS_TRY(keys.file, reader_.text(what, entry.value));
      keys.file_mark = entry.value.mark;
    } else if (entry.key == "columns") {
      DMS_CHECK(csv_columns(entry.value, keys));
    } else if (entry.key == "header") {
      DMS_TRY(const bool header, reader_.boolean(what, entry.value));
      keys.header = header ? CsvHeader::first_row : CsvHeader::none;
    } else if (entry.key == "delimiter" || entry.key == "comment") {
      const std::string text = entry.value.text == "tab"     ? "\t"
                               : entry.value.text == "space" ? " "
                                                             : entry.value.text;
      if (entry.value.kind != Kind::scalar || text.size() != 1 || text == "\"" || text == "\n")
        return reader_.error(
            entry.value.mark,
            fmt::format("{} is one character, tab or space, not {}", what, describe(entry.value)));
      entry.key == "comment" ? void(keys.syntax.comment = text[0])
                             : void(keys.syntax.delimiter = text[0]);
    } else {
      return reader_.unknown_key(entry, known);
    }
  }
  if (keys.file.empty()) return reader_.error(node.mark, "sweep.csv needs a file");
  const YamlNode* columns = reader_.find(node, "columns");
  const bool by_place = columns && columns->kind == Kind::list;
  if (!keys.header) keys.header = by_place ? CsvHeader::none : CsvHeader::first_row;
  if (*keys.header == CsvHeader::none && keys.columns.empty())
    return reader_.error(node.mark, "sweep.csv: a file without header needs columns");
  // A list names the columns by their place, whatever the header calls them.
  if (by_place && *keys.header == CsvHeader::first_row)
    return reader_.error(columns->mark,
                         "sweep.csv.columns is a map {PARAMETER: column} when there is a header");
  return keys;
}

Status ValuesReader::csv_columns(const YamlNode& node, CsvKeys& keys) const {
  if (node.kind == Kind::list) {
    for (std::size_t at = 0; at < node.items.size(); ++at) {
      DMS_TRY(const std::string name, reader_.text("sweep.csv.columns", node.items[at]));
      DMS_CHECK(column_name(name, node.items[at].mark));
      keys.columns.push_back({name, std::to_string(at + 1)});
    }
  } else {
    for (const YamlEntry& entry : node.entries) {
      DMS_CHECK(column_name(entry.key, entry.key_mark));
      DMS_TRY(const std::string source,
              reader_.text("sweep.csv.columns." + entry.key, entry.value));
      keys.columns.push_back({entry.key, source});
    }
  }
  if (keys.columns.empty())
    return reader_.error(node.mark, fmt::format("sweep.csv.columns is a list of names or a map "
                                                "{{PARAMETER: column}}, not {}",
                                                describe(node)));
  return ok();
}

Status ValuesReader::column_name(const std::string& name, Mark mark) const {
  return reader_.variable_name({.key = name, .key_mark = mark, .value = {}});
}

Result<Table> ValuesReader::table(const YamlNode& node) const {
  static constexpr std::array<std::string_view, 2> known{"columns", "rows"};
  Table table;
  for (const YamlEntry& entry : node.entries)
    if (entry.key != "columns" && entry.key != "rows") return reader_.unknown_key(entry, known);
  const YamlNode* columns = reader_.find(node, "columns");
  const YamlNode* rows = reader_.find(node, "rows");
  if (!columns || !rows || columns->items.empty() || rows->items.empty())
    return reader_.error(node.mark,
                         "sweep.table is {columns: [A, B], rows: [[1, 2], [3, 4]]}, neither empty");
  for (const YamlNode& column : columns->items) {
    DMS_TRY(std::string name, reader_.text("sweep.table.columns", column));
    DMS_CHECK(column_name(name, column.mark));
    table.columns.push_back(std::move(name));
  }
  for (const YamlNode& row : rows->items) {
    if (row.items.size() != table.columns.size())
      return reader_.error(
          row.mark,
          fmt::format("sweep.table: a row is a list of {} values, not {}", table.columns.size(),
                      row.kind == Kind::list ? std::to_string(row.items.size()) : describe(row)));
    std::vector<std::string>& values = table.rows.emplace_back();
    for (const YamlNode& item : row.items) {
      DMS_TRY(std::string text, value("sweep.table", item));
      values.push_back(std::move(text));
    }
  }
  return table;
}

}  // namespace dms::models
