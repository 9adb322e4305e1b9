#include "models/study/line_pattern.h"

#include <gtest/gtest.h>

namespace dms::models {
namespace {

std::optional<std::string> find(const std::string& pattern, std::string_view text) {
  const auto compiled = LinePattern::compile(pattern);
  EXPECT_TRUE(compiled) << compiled.error().message;
  return compiled ? compiled->find(text) : std::nullopt;
}

TEST(LinePattern, takes_the_first_group_of_the_first_match) {
  const char* pattern = "Tend (\\S+)";
  EXPECT_EQ(find(pattern, "x\nT0 1 Tend 0.5 pe 2\nTend 9\n"), "0.5");
  EXPECT_EQ(find(pattern, "nothing here\n"), std::nullopt);
  EXPECT_EQ(find(pattern, ""), std::nullopt);
}

TEST(LinePattern, takes_the_whole_match_without_groups) {
  EXPECT_EQ(find("[0-9]+", "abc 42 7"), "42");
  EXPECT_EQ(find("(?:a|b)c", "xbc"), "bc");
}

TEST(LinePattern, gives_an_empty_text_for_a_group_that_took_no_part) {
  EXPECT_EQ(find("x(y)?", "x"), "");
}

TEST(LinePattern, holds_anchors_against_lines) {
  EXPECT_EQ(find("^b(.*)$", "a b1\r\nb2\r\n"), "2");
  EXPECT_EQ(find("a\\s+b", "a\nb\n"), std::nullopt);
}

TEST(LinePattern, looks_at_bytes_of_any_encoding) {
  EXPECT_EQ(find("T=.+C (\\d)",
                 "T=20\xB0"
                 "C 7"),
            "7");
  EXPECT_EQ(find("°C (\\d)", "T=20°C 7"), "7");
}

TEST(LinePattern, survives_a_line_of_megabytes) {
  std::string text(8'000'000, 'x');
  text += "\nend 1\n";
  EXPECT_EQ(find("(x|y)+z|end (\\d)", text), "");
}

TEST(LinePattern, refuses_what_is_none_with_the_reason) {
  for (const std::string& pattern :
       {std::string("(a"), std::string("a{99999}"), std::string("(a)\\1"),
        "\\" + std::string(40, '7'), "(" + std::string(100'000, '(')}) {
    const auto compiled = LinePattern::compile(pattern);
    ASSERT_FALSE(compiled) << pattern;
    EXPECT_EQ(compiled.error().code, Code::invalid_argument);
    EXPECT_NE(compiled.error().message.find("is no regular expression: "), std::string::npos);
  }
}

}  // namespace
}  // namespace dms::models
