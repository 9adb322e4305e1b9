#include "samples/estimator/programs/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "samples/estimator/programs/text.h"
#include "tests/support/temp_directory.h"

namespace estimator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<Parameter> two = {{.name = "k"}, {.name = "storage"}};

template <class Work>
std::string problem_of(Work work) {
  try {
    work();
    return "no problem";
  } catch (const Problem& problem) {
    return problem.what();
  }
}

TEST(Template, is_filled_with_as_many_digits_as_fit) {
  EXPECT_EQ(fill_template("ptf ~\nk ~ K    ~ end\n~storage             ~\n", two, {1.0 / 3, 0.1},
                          "t.tpl"),
            "k 0.333333 end\n0.10000000000000001   \n");
}

TEST(Template, names_what_is_wrong) {
  const auto fill = [](const char* text) {
    return problem_of([&] { fill_template(text, two, {1e-30, 2}, "t.tpl"); });
  };
  EXPECT_THAT(fill("k ~k~\n"), HasSubstr("t.tpl: the first line is not 'ptf MARKER'"));
  EXPECT_THAT(fill("ptf ~\n~ q ~\n"), HasSubstr("'q' is not in the control file"));
  EXPECT_THAT(fill("ptf ~\n~ k \n"), HasSubstr("t.tpl:2: a marker without its other"));
  EXPECT_THAT(fill("ptf ~\n~k~\n"), HasSubstr("too narrow"));
}

TEST(Instructions, find_numbers_by_lines_blanks_and_texts) {
  const std::vector<Observation> seen = {{.name = "a"}, {.name = "b"}, {.name = "c"}};
  std::vector<double> found(3, 0);
  follow_instructions("pif @\nl2 w !b! !a!\n@sum:@ !c!\n",
                      "head\nx 1.5 -2e3\nother\nthe sum: 7 m\n", seen, "i.ins", found);
  EXPECT_THAT(found, ElementsAre(-2000, 1.5, 7));
}

TEST(Instructions, name_what_they_do_not_find) {
  const std::vector<Observation> seen = {{.name = "a"}};
  std::vector<double> found(1, 0);
  const auto follow = [&](const char* instructions, const char* output) {
    return problem_of([&] { follow_instructions(instructions, output, seen, "i.ins", found); });
  };
  EXPECT_THAT(follow("pif @\nl3 !a!\n", "1\n2\n"), HasSubstr("the output ends too early"));
  EXPECT_THAT(follow("pif @\nl1 !a!\n", "x\n"), HasSubstr("'x' is not a number"));
  EXPECT_THAT(follow("pif @\nl1 t5\n", "x\n"), HasSubstr("unknown instruction t5"));
}

TEST(ControlFile, is_read_or_refused_with_its_line) {
  const dms::TempDirectory directory;
  const std::string path = directory / "c.pst";
  const auto read = [&](const std::string& parameter) {
    write_text(path,
               "pcf\n* control data\nrestart estimation\n1 1 1 0 1\n1 1 single point\n1\n1\n"
               "1\n12 0.1\n* parameter data\n" +
                   parameter +
                   "\n* observation data\nO1 2.5 0.5 g\n* model command line\n./m -x\n"
                   "* model input/output\na.tpl a.in\na.ins a.out\n");
    return read_control_file(path);
  };
  const ControlFile control = read("K log factor 0.1 0.01 1 g 1 0 1");
  EXPECT_EQ(control.most_iterations, 12);
  EXPECT_EQ(control.parameters.at(0).name, "k");
  EXPECT_EQ(control.parameters.at(0).transform, Transform::log);
  EXPECT_EQ(control.observations.at(0).weight, 0.5);
  EXPECT_THAT(control.command, ElementsAre("./m", "-x"));
  EXPECT_EQ(control.templates.at(0).second, "a.in");
  EXPECT_EQ(control.instructions.at(0).first, "a.ins");
  EXPECT_THAT(problem_of([&] { read("k log factor 5 0.01 1 g 1 0 1"); }),
              HasSubstr("c.pst:11: k begins outside of its bounds"));
  EXPECT_THAT(problem_of([&] { read("k tied factor 0.1 0.01 1 g 1 0 1"); }),
              HasSubstr("the transform 'tied'"));
  EXPECT_THAT(problem_of([&] { read(""); }), HasSubstr("has no parameters"));
}

}  // namespace
}  // namespace estimator
