#include "models/job_file/python_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/job_file/format_value.h"
#include "models/job_file/sweep_hint.h"

namespace dms::models {
namespace {

using testing::HasSubstr;

std::string read(std::string_view python) {
  const PythonData data = read_python_data(python);
  if (data.not_data) return std::to_string(data.not_data->offset) + ": " + data.not_data->what;
  YamlNode list{.kind = YamlNode::Kind::list, .items = data.items};
  return value_text(list);
}

TEST(PythonData, ranges_and_lists_are_data) {
  EXPECT_EQ(read("range(1, 4)"), "[1, 2, 3]");
  EXPECT_EQ(read("range(3)"), "[0, 1, 2]");
  EXPECT_EQ(read("list(range(10, 0, -4))"), "[10, 6, 2]");
  EXPECT_EQ(read("['a', \"b\", 1.50, -2]  # runs\n"), "['a', 'b', 1.50, -2]");
  EXPECT_EQ(read("[[1, '20220115'],\n [10, '20220215'],]"), "[[1, '20220115'], [10, '20220215']]");
  EXPECT_EQ(read("('x',)"), "['x']");
  EXPECT_EQ(read("1, 2"), "[1, 2]");
  EXPECT_EQ(read("['it''s', 'a' 'b']"), "['its', 'ab']");
}

TEST(PythonData, names_given_before_are_data) {
  EXPECT_EQ(read("first = 2020\ntasks = [\n  [first, 'a'],\n]\ntasks  # the last line\n"),
            "[[2020, 'a']]");
  EXPECT_EQ(read("a = [1]; b = [2]\na + b"), "[1, 2]");
}

TEST(PythonData, comprehensions_over_data_are_data) {
  EXPECT_EQ(read("[s for s in ['base', 'high']]"), "['base', 'high']");
  EXPECT_EQ(read("[(y, m) for y in range(2020, 2021+1) for m in [1, 7]]"),
            "[[2020, 1], [2020, 7], [2021, 1], [2021, 7]]");
  EXPECT_EQ(read("[('r' + str(n), k) for (n, k) in [(1, 'a'), (2, 'b')]]"),
            "[['r1', 'a'], ['r2', 'b']]");
  EXPECT_EQ(read("[x for x in []]"), "[]");
}

TEST(PythonData, a_program_is_refused_where_it_begins) {
  EXPECT_EQ(read("import csv\n[1]"), "0: a module is imported here");
  EXPECT_EQ(read("t = []\nfor i in range(3):\n  t.append(i)\nt"), "7: a loop begins here");
  EXPECT_EQ(read("def f():\n  return [1]\nf()"), "0: a function is defined here");
  EXPECT_EQ(read("[s.upper() for s in ['a']]"), "2: '.' is more than data");
  EXPECT_EQ(read("open('x')"), "0: 'open' is more than data");
  EXPECT_EQ(read("[x for x in [1, 2] if x]"), "19: a condition stands here");
  EXPECT_EQ(read("['a"), "1: the text in quotes has no end");
  EXPECT_EQ(read("x = [1]"), "7: the last line must be the list of tasks");
  EXPECT_EQ(read("5"), "1: this is no list");
  EXPECT_EQ(read("[1] * 3"), "4: '*' is more than data");
  EXPECT_EQ(read("range(10**9)"), "8: '*' is more than data");
  EXPECT_THAT(read("range(2000000)"), HasSubstr("more than a million"));
  EXPECT_EQ(read("[--1]"), "2: '-' is more than data");
}

// Runs of particles: a table, years, months, and days made of them.
TEST(PythonData, what_would_not_end_is_refused) {
  std::string doubles = "a = range(1000)\n", deep = "a = []\n";
  for (int at = 0; at < 40; ++at) doubles += "a = a + a\n";
  for (int at = 0; at < 100'000; ++at) deep += "a = [a]\n";
  EXPECT_THAT(read(doubles + "a"), HasSubstr("too many values are made here"));
  EXPECT_THAT(read(deep + "a"), HasSubstr("nested too deeply"));
  EXPECT_THAT(read("[" + std::string(1'000'000, '-') + "1]"), HasSubstr("'-' is more than data"));
}

TEST(SweepHint, counts_no_further_than_numbers_go) {
  const PythonData data = read_python_data("[-9223372036854775807, 9223372036854775807, 1]");
  EXPECT_EQ(sweep_values(data.items), "[-9223372036854775807, 9223372036854775807, 1]");
}

TEST(SweepHint, says_the_loops_of_a_program_as_a_sweep) {
  const std::string hint = sweep_instead_of(
      "import csv, datetime\nmonths = [1, 4, 7]\nout = []\n"
      "with open('places.csv') as f:\n"
      "    for line in csv.DictReader(f):\n"
      "        n = line['run#']; where = line['node']\n"
      "        for year in range(1990, 1992+1):\n"
      "            for month in months:\n"
      "                d = datetime.date(year, month, 1).strftime('%d%b%Y').upper()\n"
      "                out.append([n, where, d])\nout\n");
  EXPECT_THAT(hint, HasSubstr("csv: {file: places.csv, columns: {run: 'run#', node: 'node'}}"));
  EXPECT_THAT(hint, HasSubstr("year: {range: [1990, 1992]}"));
  EXPECT_THAT(hint, HasSubstr("month: [JAN, APR, JUL]"));
  EXPECT_THAT(hint, HasSubstr("format: '%d%b%Y', upper: true"));
}

TEST(SweepHint, names_the_list_of_a_comprehension) {
  EXPECT_THAT(sweep_instead_of("[(s, s.split('_')[1]) for s in [\"a_1\", \"b_2\"]]"),
              HasSubstr("s: [\"a_1\", \"b_2\"]"));
}

TEST(SweepHint, without_loops_asks_for_the_list) {
  EXPECT_THAT(sweep_instead_of("make_tasks()"), HasSubstr("task_ids: [["));
}

}  // namespace
}  // namespace dms::models
