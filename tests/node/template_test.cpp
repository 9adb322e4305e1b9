// dmsnode template, as the shipped program.
#include "node/template_text.h"
#include "tests/node/fixture.h"

namespace dms::node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Template : public Fixture {
 protected:
  void SetUp() override {
    ::setenv("NODE", "7", 1);
    ::setenv("RATE", "0.123456789012", 1);
    ::setenv("CASE", "a b$NODE{NODE}", 1);
  }
  // What becomes of the text, or the message.
  std::string filled(const std::string& text, const std::string& style) {
    write("in.tpl", text);
    std::filesystem::remove(directory() / "sub/out.inp");
    const auto outcome = dmsnode({"template", "in.tpl", "sub/out.inp", "--style", style});
    if (outcome.exit == 0) return read("sub/out.inp");
    EXPECT_FALSE(exists("sub/out.inp"));
    return std::to_string(outcome.exit) + " " + outcome.errors;
  }
};

TEST_F(Template, fills_braces_and_leaves_all_others_byte_for_byte) {
  EXPECT_EQ(filled("n {NODE}\r\n{NODE}{RATE}", "braces"), "n 7\r\n70.123456789012");
  for (const char* text :
       {"", "{", "{}", "{ NODE }", "${NODE}", "{1}", "{NODE", "{\"a\": {\"b\": 1}}", "}}{{"})
    EXPECT_EQ(filled(text, "braces"), text);
  EXPECT_EQ(filled("{{NODE}} {NODE}", "braces"), "{NODE} 7");
  EXPECT_EQ(filled("{CASE}", "braces"), "a b$NODE{NODE}") << "a value is not looked into";
}

TEST_F(Template, fills_dollars) {
  EXPECT_EQ(filled("$NODE ${NODE}x $$NODE $5 ${NODE $", "dollar"), "7 7x $NODE $5 ${NODE $");
}

TEST_F(Template, fills_fields_of_fixed_width_as_pest_does) {
  EXPECT_EQ(filled("ptf ~\nA ~node  ~ B~ RATE ~|\n", "tilde"), "A        7 B0.123457|\n");
  EXPECT_EQ(filled("ptf #\r\n#rate#\n", "tilde"), "0.1235\n");
  EXPECT_THAT(filled("~node~\n", "tilde"), HasSubstr("65 dmsnode: in.tpl:1:1: the first line"));
  EXPECT_THAT(filled("ptf ~\nx ~node\n", "tilde"), HasSubstr("in.tpl:2:3: no second '~'"));
  EXPECT_THAT(filled("ptf ~\n~CASE~\n", "tilde"),
              HasSubstr("in.tpl:2:1: the value of CASE, 'a b$NODE{NODE}', is longer than the 6"));
}

TEST_F(Template, names_the_place_of_a_variable_that_is_not_set) {
  EXPECT_EQ(filled("a\nb {NDOE}\n", "braces"),
            "65 dmsnode: in.tpl:2:3: the environment has no variable NDOE\n");
}

TEST_F(Template, replaces_the_file_itself_and_keeps_its_mode) {
  write("run.sh", "{NODE}", 0750);
  EXPECT_EQ(dmsnode({"template", "run.sh", "run.sh"}).exit, 0);
  EXPECT_EQ(read("run.sh"), "7");
  EXPECT_EQ(mode("run.sh"), 0750U);
  EXPECT_THAT(names_below("."), ElementsAre("run.sh"));
}

TEST_F(Template, writes_nowhere_else_and_says_what_is_missing) {
  write("in.tpl", "x");
  EXPECT_EQ(dmsnode({"template", "in.tpl", "../out"}).exit, 64);
  EXPECT_EQ(dmsnode({"template", "in.tpl", "/tmp/out"}).exit, 64);
  EXPECT_EQ(dmsnode({"template", "in.tpl"}).exit, 64);
  EXPECT_EQ(dmsnode({"template", "in.tpl", "a", "--style", "curly"}).exit, 64);
  EXPECT_EQ(dmsnode({"template", "none", "a"}).exit, 74);
}

TEST(Fitted, shortens_numbers_and_nothing_else) {
  EXPECT_EQ(fitted("0.70", 6), "  0.70");
  EXPECT_EQ(fitted("123456.789", 6), "123457");
  EXPECT_EQ(fitted("10000000", 6), " 1e+07");
  EXPECT_EQ(fitted("1234567", 6), std::nullopt) << "1e+06 is another number";
  EXPECT_EQ(fitted("abcdef", 4), std::nullopt);
}

}  // namespace
}  // namespace dms::node
