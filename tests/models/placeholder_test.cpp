#include "models/job_file/placeholder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "models/job_file/variables.h"

namespace dms::models {
namespace {

bool known(std::string_view name) { return name == "x" || name == "num_hosts" || name == "a"; }

std::string joined(const std::vector<Piece>& pieces) {
  std::string text;
  for (const Piece& piece : pieces) text += piece.text;
  return text;
}

std::vector<std::string> names_in(std::string_view text, TextKind kind = TextKind::value) {
  std::vector<std::string> names;
  for (const Piece& piece : split_placeholders(text, known, kind))
    if (piece.is_placeholder()) names.push_back(piece.name);
  return names;
}

TEST(Placeholders, other_braces_stay_byte_for_byte) {
  for (const std::string text :
       {"${x}",         "${X:-y}", "${arr[@]}", "${x[@]}",    "{a.b}",
        "{{x}}",        "{}",      "{ x }",     "{\"a\": 1}", "awk '{print $1}'",
        "{x",           "x}",      "{",         "}",          "{unknown}",
        "{x:-default}", "{x[}",    "{x[@]}",    "${#x}",      "$(echo {1..3})",
        "{{{{x}}}}",    "{x!}",    "{a[b.c]}",  "{x?}",       "${x%%.*}"}) {
    EXPECT_THAT(names_in(text), testing::IsEmpty()) << text;
    EXPECT_EQ(joined(split_placeholders(text, known)), text);
  }
}

TEST(Placeholders, known_names_are_found_with_index_conversion_and_format) {
  const auto pieces = split_placeholders("a {x} b {a[0][key]!r} c {num_hosts:03d}", known);
  ASSERT_EQ(pieces.size(), 6);
  EXPECT_EQ(pieces[1].name, "x");
  EXPECT_EQ(pieces[1].offset, 2);
  EXPECT_THAT(pieces[3].indices, testing::ElementsAre("0", "key"));
  EXPECT_EQ(pieces[3].conversion, 'r');
  EXPECT_EQ(pieces[5].spec, "03d");
  EXPECT_EQ(pieces[5].text, "{num_hosts:03d}");
}

TEST(Placeholders, one_in_json_is_found_and_the_json_stays) {
  const auto pieces = split_placeholders(R"({"hosts": {num_hosts}, "n": {}})", known);
  ASSERT_EQ(pieces.size(), 3);
  EXPECT_EQ(pieces[0].text, R"({"hosts": )");
  EXPECT_EQ(pieces[2].text, R"(, "n": {}})");
}

TEST(Placeholders, an_odd_brace_of_a_run_is_a_placeholders) {
  const auto pieces = split_placeholders("{{{x}}}", known);
  ASSERT_EQ(pieces.size(), 3);
  EXPECT_EQ(pieces[0].text, "{{");
  EXPECT_EQ(pieces[1].name, "x");
  EXPECT_EQ(pieces[2].text, "}}");
}

TEST(Placeholders, braces_that_python_needed_doubled_behind_a_dollar_are_the_shells) {
  EXPECT_EQ(joined(split_placeholders("sed s+a+${{TIDE}}/b+g", known)), "sed s+a+${TIDE}/b+g");
  EXPECT_EQ(joined(split_placeholders("${{x[@]}}", known)), "${x[@]}");
}

TEST(Placeholders, a_template_file_is_a_python_format) {
  const auto text = "run() {{\n{x}\n}}\ncode=${{PIPESTATUS[0]}}";
  EXPECT_EQ(joined(split_placeholders(text, known, TextKind::script)),
            "run() {\n{x}\n}\ncode=${PIPESTATUS[0]}");
  EXPECT_THAT(names_in(text, TextKind::script), testing::ElementsAre("x"));
}

TEST(Placeholders, a_dollar_is_no_shells_in_a_formula) {
  EXPECT_THAT(names_in("${x} = 1;", TextKind::formula), testing::ElementsAre("x"));
}

// Whatever the text: pieces joined are the text again, apart from ${{NAME}}.
TEST(Placeholders, random_texts_come_back_whole) {
  std::mt19937 random(7);
  constexpr std::string_view letters = "{}{}[]$x a:0.!\"'\n";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::size_t length = random() % 24; length > 0; --length)
      text += letters[random() % letters.size()];
    if (text.find("${{") != text.npos) continue;
    ASSERT_EQ(joined(split_placeholders(text, known)), text);
  }
}

// Without a known name nothing changes, so that no shell text can be harmed.
TEST(Placeholders, random_texts_without_known_names_have_no_placeholder) {
  std::mt19937 random(8);
  constexpr std::string_view letters = "{}{}[]$q a:0.!b";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::size_t length = random() % 24; length > 0; --length)
      text += letters[random() % letters.size()];
    const auto pieces = split_placeholders(
        text, [](std::string_view) { return false; }, TextKind::value);
    for (const Piece& piece : pieces) ASSERT_FALSE(piece.is_placeholder());
  }
}

class JobVariables : public testing::Test {
 protected:
  Result<Variables> make(const std::string& yaml, std::vector<std::string> of_task = {"task_id"}) {
    auto root = parse_yaml("v.yml", yaml);
    auto source = std::make_shared<SourceText>(SourceText{"v.yml", yaml});
    std::vector<Variable> variables;
    for (YamlEntry& entry : root->entries)
      variables.push_back({entry.key, std::move(entry.value), source});
    return Variables::make(std::move(variables), std::move(of_task));
  }
  std::string value(const std::string& yaml, const std::string& name, Variables::Values task = {}) {
    const auto variables = make(yaml);
    if (!variables) return variables.error().message;
    TaskValues values = variables->of_task(std::move(task));
    const auto found = values.get(name);
    if (!found) return found.error().message;
    return *found ? value_text(**found) : "none";
  }
};

TEST_F(JobVariables, follow_one_another_in_any_order) {
  EXPECT_EQ(value("c: '{b}-{a}'\nb: '{a}{a}'\na: 1\n", "c"), "11-1");
}

TEST_F(JobVariables, what_was_put_in_is_not_looked_at_again) {
  // The value of a holds what looks like a placeholder for b.
  EXPECT_EQ(value("b: wrong\nopen: '{'\na: '{open}b}'\nc: '{a}'\n", "c"), "{b}");
}

TEST_F(JobVariables, a_circle_is_told_with_its_place_and_its_way) {
  EXPECT_EQ(value("a: x\nb: 'to {c}'\nc: |\n  echo\n  in {b}\n", "a"),
            "v.yml:5:6: b needs itself: b → c → b");
  EXPECT_EQ(value("a: '{a} more'\n", "a"), "v.yml:1:5: a needs itself: a → a");
}

TEST_F(JobVariables, an_index_that_is_not_there_is_told_with_its_place) {
  EXPECT_EQ(value("l: [1, 2]\nt: |\n  echo\n  run {l[2]}\n", "t"),
            "v.yml:4:7: there is no l[2]: l has 2 values, the first of which is [0]");
  EXPECT_EQ(value("s: text\nt: '{s[0]}'\n", "t"),
            "v.yml:2:5: there is no s[0]: s is the text 'text', not a list");
  EXPECT_EQ(value("m: {a: 1}\nt: '{m[b]}'\n", "t"),
            "v.yml:2:5: there is no m[b]: m has no such key");
}

TEST_F(JobVariables, a_format_that_does_not_fit_is_told_with_its_place) {
  EXPECT_EQ(value("s: text\nt: 'run {s:03d}'\n", "t"),
            "v.yml:2:9: {s:03d}: the format 03d wants a whole number, not 'text'");
}

TEST_F(JobVariables, a_format_or_texts_that_fill_the_memory_are_refused) {
  EXPECT_EQ(value("n: 7\nt: '{n:2000000000d}'\n", "t"),
            "v.yml:2:5: {n:2000000000d}: the format 2000000000d is wider than 999 characters");
  std::string doubling = "v0: twice as long\n";
  for (int at = 1; at < 40; ++at)
    doubling += "v" + std::to_string(at) + ": '{v" + std::to_string(at - 1) + "}{v" +
                std::to_string(at - 1) + "}'\n";
  EXPECT_THAT(value(doubling, "v39"), testing::HasSubstr("are longer than 64 MiB"));
}

TEST_F(JobVariables, formats_write_as_python_does) {
  EXPECT_EQ(value("n: 7\nt: '{n:03d}|{n:>4}|{n:.2f}|{n:x}|{n:+d}'\n", "t"), "007|   7|7.00|7|+7");
  EXPECT_EQ(value("s: ab\nt: '{s:>4}|{s:<4}|{s:^4}|{s!r}'\n", "t"), "  ab|ab  | ab |'ab'");
  EXPECT_EQ(value("l: [1, a, '2']\nt: '{l}'\n", "t"), "[1, 'a', '2']");
  EXPECT_EQ(value("n: 0.70\nt: '{n}'\n", "t"), "0.70");
}

TEST_F(JobVariables, a_part_of_task_id_comes_through_other_names) {
  YamlNode id{.kind = YamlNode::Kind::list, .items = {made_text("ptm-1"), made_text("7")}};
  const std::string yaml = "name: '{job}_{run}'\nrun: '{task_id[1]}'\njob: '{task_id[0]}'\n";
  EXPECT_EQ(value(yaml, "name", {{"task_id", id}}), "ptm-1_7");
  const auto variables = make(yaml);
  ASSERT_TRUE(variables);
  EXPECT_TRUE(variables->differs_by_task("name"));
}

}  // namespace
}  // namespace dms::models
