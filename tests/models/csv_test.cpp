#include "models/sweep/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dms::models {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::vector<std::string>> fields(std::string_view text, CsvSyntax syntax = {}) {
  const auto rows = parse_csv(text, syntax);
  EXPECT_TRUE(rows) << rows.error().message;
  std::vector<std::vector<std::string>> all;
  if (rows)
    for (const CsvRow& row : *rows) all.push_back(row.fields);
  return all;
}

TEST(Csv, reads_rows_without_blanks_around_their_fields) {
  EXPECT_THAT(fields("run#, particle#,node\r\n 1 ,5000,  7\n\n2,,8"),
              ElementsAre(ElementsAre("run#", "particle#", "node"), ElementsAre("1", "5000", "7"),
                          ElementsAre("2", "", "8")));
}

TEST(Csv, reads_quoted_fields_with_anything_in_them) {
  EXPECT_THAT(fields("a,\"b, \"\"c\"\"\nd\" ,\"\"\n"),
              ElementsAre(ElementsAre("a", "b, \"c\"\nd", "")));
}

TEST(Csv, knows_other_delimiters_and_comments) {
  EXPECT_THAT(fields("# note\n1;2\n", {.delimiter = ';', .comment = '#'}),
              ElementsAre(ElementsAre("1", "2")));
  EXPECT_THAT(fields("1\t\t3\n", {.delimiter = '\t'}), ElementsAre(ElementsAre("1", "", "3")));
  EXPECT_THAT(fields("  1   2\t3  \n \n\"4 5\" 6", {.delimiter = ' '}),
              ElementsAre(ElementsAre("1", "2", "3"), ElementsAre("4 5", "6")));
}

TEST(Csv, does_not_see_a_byte_order_mark) {
  EXPECT_THAT(fields("\xEF\xBB\xBF"
                     "a,b\n"),
              ElementsAre(ElementsAre("a", "b")));
}

TEST(Csv, says_where_a_quote_does_not_end) {
  EXPECT_THAT(parse_csv("a,b\nc,\"d\n").error().message, "2:3: the quote does not end");
  EXPECT_THAT(parse_csv("\"a\"b\n").error().message, StartsWith("1:4: text after the quote"));
  EXPECT_THAT(parse_csv(std::string_view("a\0", 2)).error().message, "1:2: a zero byte");
}

Result<Table> taken(std::string_view text, std::vector<CsvColumn> columns,
                    CsvHeader header = CsvHeader::first_row) {
  return take_columns(*parse_csv(text), columns, header);
}

TEST(Csv, gives_columns_by_the_name_in_the_header) {
  const auto table = taken("run#,node,x\n1,7,a\n2,8,b\n", {{"NODE", "node"}, {"RUN", "run#"}});
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_THAT(table->columns, ElementsAre("NODE", "RUN"));
  EXPECT_THAT(table->rows, ElementsAre(ElementsAre("7", "1"), ElementsAre("8", "2")));
}

TEST(Csv, gives_all_columns_or_those_by_number) {
  EXPECT_THAT(taken("A,B\n1,2\n", {})->columns, ElementsAre("A", "B"));
  EXPECT_THAT(taken("1,2\n", {{"B", "2"}}, CsvHeader::none)->rows, ElementsAre(ElementsAre("2")));
}

TEST(Csv, says_which_column_is_missing_and_where) {
  EXPECT_EQ(taken("run,node\n1,2\n", {{"N", "nodes"}}).error().message,
            "1:1: no column 'nodes' (did you mean 'node'?); the header has run, node");
  EXPECT_EQ(taken("a,b\n1,2\n3\n", {{"A", "a"}, {"B", "b"}}).error().message,
            "3:1: the row has 1 fields, but B is field 2");
  EXPECT_EQ(taken("1,2\n", {{"C", "3"}}, CsvHeader::none).error().message,
            "1:1: no column 3 for C: the row has 2 fields");
  EXPECT_THAT(taken("a,a\n1,2\n", {{"A", "a"}}).error().message, HasSubstr("two columns"));
  EXPECT_THAT(taken("a\n", {}).error().message, HasSubstr("no rows"));
  EXPECT_THAT(taken("", {}).error().message, HasSubstr("no rows"));
}

}  // namespace
}  // namespace dms::models
