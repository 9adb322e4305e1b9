// The forms of `sweep` and what is wrong with them.
#include "models/study/sweep_keys.h"

#include "tests/models/study_fixture.h"

namespace dms::models {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

class StudySweep : public StudyFixture {};

TEST_F(StudySweep, knows_logarithmic_distances) {
  EXPECT_EQ(points("sweep: {K: {logspace: [0.001, 1000, 7]}}"),
            "0.001 | 0.01 | 0.1 | 1 | 10 | 100 | 1000");
  EXPECT_THAT(points("sweep: {K: {logspace: [0, 1, 3]}}"), HasSubstr(":3:23: sweep.K.logspace: "));
}

TEST_F(StudySweep, steps_through_dates_as_the_model_wants_them) {
  EXPECT_EQ(points("sweep:\n  S: {dates: {from: 1990-11-01, to: 01FEB1991, step: 1mo, "
                   "format: '%d%b%Y', upper: true}}"),
            "01NOV1990 | 01DEC1990 | 01JAN1991 | 01FEB1991");
  EXPECT_EQ(points("sweep: {S: {dates: {from: 1990-01-01, count: 3, step: 1y}}}"),
            "1990-01-01 | 1991-01-01 | 1992-01-01");
}

TEST_F(StudySweep, takes_rows_of_a_file) {
  write("locations.txt", "run#,particle#,node\n1,5000,7\n2,5000,8\n");
  EXPECT_EQ(points("sweep:\n  csv: {file: locations.txt, columns: {RUN: 'run#', NODE: node}}\n"
                   "  YEAR: [1990, 1991]"),
            "1,7,1990 | 1,7,1991 | 2,8,1990 | 2,8,1991");
  write("plain.csv", "A,B\n1,x\n");
  EXPECT_EQ(points("sweep: {csv: plain.csv}"), "1,x");
  write("bare.csv", "1;x\n2;y\n");
  EXPECT_EQ(points("sweep: {csv: {file: bare.csv, columns: [A, B], delimiter: ;}}"), "1,x | 2,y");
}

TEST_F(StudySweep, takes_rows_of_a_table) {
  EXPECT_EQ(points("sweep:\n  table:\n    columns: [NODE, START]\n    rows:\n"
                   "      - [12, 01JAN1990]\n      - [0.70, 02JAN1990]"),
            "12,01JAN1990 | 0.70,02JAN1990");
}

TEST_F(StudySweep, takes_files_sorted) {
  for (const char* name : {"in/b.inp", "in/a.inp", "in/c.txt"}) write(name, "");
  EXPECT_EQ(points("sweep: {F: {glob: 'in/*.inp'}}"), "in/a.inp | in/b.inp");
  EXPECT_EQ(points("sweep: {F: {glob: 'in/*.inp', as: stem}}"), "a | b");
  EXPECT_EQ(points("sweep: {F: {glob: '*/*.txt', as: name}}"), "c.txt");
}

TEST_F(StudySweep, nests_groups) {
  EXPECT_EQ(points("sweep:\n  zip: {A: [1, 2], B: [x, y]}\n  C: [p, q]"),
            "1,x,p | 1,x,q | 2,y,p | 2,y,q");
  EXPECT_EQ(points("sweep:\n  - {A: [1, 2], B: [x, y]}\n  - {C: [p, q, r, s]}\ncombine: zip"),
            "1,x,p | 1,y,q | 2,x,r | 2,y,s");
  EXPECT_EQ(points("sweep:\n  - {M: [coarse], N: {range: [1, 3]}}\n  - {M: [fine], N: [9]}\n"
                   "combine: chain"),
            "coarse,1 | coarse,2 | coarse,3 | fine,9");
  EXPECT_EQ(points("sweep:\n  R: [a, b]\n  chain:\n    - {N: [1, 2]}\n    - {N: [7]}"),
            "a,1 | a,2 | a,7 | b,1 | b,2 | b,7");
}

TEST_F(StudySweep, says_how_a_nested_sweep_is_made) {
  const auto study = load("sweep:\n  zip: {A: [1, 2], B: [x, y]}\n  C: [p, q]");
  ASSERT_TRUE(study);
  EXPECT_EQ(study->space.describe(), "(A 2 + B 2) × C 2");
}

TEST_F(StudySweep, tells_every_mistake) {
  const auto study = load("num_host: 3\nsweep:\n  A: {range: [5, 1]}\n  B: []\n  C: [1, 1]\n");
  ASSERT_FALSE(study);
  EXPECT_THAT(study.error().message,
              AllOf(HasSubstr("study.yml:3:1: unknown key 'num_host'"),
                    HasSubstr("\n" + (directory_ / "study.yml") + ":5:14: sweep.A.range: "),
                    HasSubstr(":6:6: sweep.B has no values"), HasSubstr(":7:10: sweep.C has the")));
}

struct SweepMistake {
  const char* text;
  const char* words;
};
class WrongSweep : public StudySweep, public testing::WithParamInterface<SweepMistake> {};

TEST_P(WrongSweep, is_refused_with_its_place) {
  write("rows.csv", "A,B,run#\n1,2,3\n4,5\n");
  write("same.csv", "A,B\n1,2\n1,2\n");
  EXPECT_THAT(points(GetParam().text), HasSubstr(GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(
    Study, WrongSweep,
    testing::Values(
        SweepMistake{
            "sweep: {zip: [95616, 95814]}",
            "study.yml:3:15: sweep.zip is a map of parameters or a list of such maps; this is"},
        SweepMistake{"sweep: {zip: {A: [1, 2], B: [1]}}",
                     ":3:14: with combine: zip all parameters need"},
        SweepMistake{"sweep: {zip: {}}", ":3:14: sweep.zip is empty"},
        SweepMistake{"sweep: [{A: [1]}, {A: [2]}]",
                     ":3:8: the parameter A is there more than once"},
        SweepMistake{
            "sweep: [{A: [1]}, {B: [2]}]\ncombine: chain",
            ":3:8: all parts of a chain need the same parameters in the same order: the first "
            "has A, another has B"},
        SweepMistake{"sweep: [{A: [1, 2]}, {A: [2]}]\ncombine: chain",
                     ":3:8: runs 2 and 3 of the sweep are the same: 2"},
        SweepMistake{"sweep: {csv: none.csv}", ":3:14: sweep.csv: "},
        SweepMistake{"sweep: {csv: rows.csv}",
                     ":3:14: sweep.csv: rows.csv:3:3: the row has 2 fields, but "
                     "run# is field 3"},
        SweepMistake{
            "sweep: {csv: {file: rows.csv, columns: {A: a}}}",
            ":3:21: sweep.csv: rows.csv:1:1: no column 'a' (did you mean 'A'?); the header has "
            "A, B, run#"},
        SweepMistake{"sweep: {csv: {file: rows.csv, column: [A]}}",
                     ":3:31: unknown key 'column' (did you mean 'columns'?)"},
        SweepMistake{"sweep: {csv: {file: rows.csv, delimiter: ab}}",
                     ":3:42: sweep.csv.delimiter is one"},
        SweepMistake{"sweep: {csv: {file: rows.csv, header: no}}",
                     ":3:14: sweep.csv: a file without"},
        SweepMistake{"sweep: {csv: same.csv}", ":3:14: sweep.csv: rows 1 and 2 are the same: 1, 2"},
        SweepMistake{"sweep: {csv: {file: rows.csv, columns: {1A: A}}}",
                     ":3:41: '1A' cannot be the name"},
        SweepMistake{"sweep: {table: {columns: [A, B], rows: [[1]]}}",
                     ":3:41: sweep.table: a row is a list of 2 values, not 1"},
        SweepMistake{"sweep: {F: {glob: '*.none'}}", ":3:19: sweep.F.glob: no file matches *.none"},
        SweepMistake{"sweep: {F: {glob: '*.csv', as: base}}", ":3:32: as is path, name or stem"},
        SweepMistake{"sweep: {D: {dates: {from: 1990-02-30, to: 1990-03-01}}}",
                     ":3:27: sweep.D.dates.from is a date such as 1990-01-31"},
        SweepMistake{"sweep: {D: {dates: {from: 1990-01-01}}}",
                     ":3:20: sweep.D.dates needs either to or"},
        SweepMistake{"sweep: {D: {dates: {from: 1990-01-01, count: 2, step: 1m}}}",
                     ":3:55: sweep.D.dates.step is a time such as 1d, 1mo"},
        SweepMistake{"sweep: {D: {dates: {from: 1990-01-01, count: 2, format: '%Y'}}}",
                     ":3:12: sweep.D has the value 1990 twice"},
        SweepMistake{"sweep: {D: {dates: {from: 1990-01-01, count: 2, format: '%Q'}}}",
                     ":3:57: sweep.D.dates.format: '%Q' is none of"},
        SweepMistake{"sweep: {A: {range: [1, 2], linspace: [1, 2, 3]}}",
                     ":3:28: sweep.A is range, and cannot be linspace too"},
        SweepMistake{"sweep: {A: {uniform: [1, 2]}}",
                     ":3:8: uniform and loguniform need a sample"}));

}  // namespace
}  // namespace dms::models
