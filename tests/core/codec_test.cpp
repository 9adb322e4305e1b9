#include "core/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/fields.h"
#include "core/operation.h"

namespace dms::test_wire {

enum class Color { red, dark_blue };
constexpr auto words(Color) {
  return std::array{word(Color::red, "red"), word(Color::dark_blue, "darkBlue"),
                    word(Color::dark_blue, "navy")};
}

struct Part {
  std::string name;
  int count = 0;
  bool operator==(const Part&) const = default;
  template <class S = Part>
  static constexpr auto fields() {
    return std::tuple{required("name", &S::name), field("count", &S::count)};
  }
};

struct Whole {
  std::string id;
  std::optional<bool> flag;
  std::optional<Part> part;
  std::vector<Part> parts;
  std::vector<std::string> tags;
  std::optional<Color> color;
  std::optional<Int64Text> length;
  std::optional<std::int64_t> big;
  std::optional<double> ratio;
  std::optional<Timestamp> made;
  std::optional<Duration> limit;
  Opaque extra;
  bool operator==(const Whole&) const = default;
  template <class S = Whole>
  static constexpr auto fields() {
    return std::tuple{
        required("id", &S::id),      field("flag", &S::flag),   field("part", &S::part),
        field("parts", &S::parts),   field("tags", &S::tags),   field("color", &S::color),
        field("length", &S::length), field("big", &S::big),     field("ratio", &S::ratio),
        field("made", &S::made),     field("limit", &S::limit), field("extra", &S::extra)};
  }
};

}  // namespace dms::test_wire

DMS_CODEC(dms::test_wire::Whole);

namespace dms {
namespace {

using test_wire::Color;
using test_wire::Whole;

const std::string full_text =
    R"({"id":"w","flag":false,"part":{"name":"p","count":3},"parts":[{"name":"a","count":0}],)"
    R"("tags":["x","y"],"color":"darkBlue","length":"9007199254740993","big":-5,"ratio":0.5,)"
    R"("made":"2023-03-14T20:33:31.5Z","limit":"PT6M","extra":{"any":[1,null]}})";

Error refusal(std::string_view json, Missing missing = Missing::refused) {
  const auto whole = decode<Whole>(json, missing);
  EXPECT_FALSE(whole) << json;
  if (whole) return fail(Code::internal, "no error");
  EXPECT_EQ(whole.error().code, Code::invalid_argument);
  EXPECT_EQ(whole.error().http_status, 400);
  return whole.error();
}

TEST(Codec, writes_what_it_reads) {
  const auto whole = decode<Whole>(full_text, Missing::refused);
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->length->value, 9007199254740993);
  EXPECT_EQ(whole->color, Color::dark_blue);
  EXPECT_EQ(whole->extra.json, R"({"any":[1,null]})");
  EXPECT_EQ(encode(*whole), full_text);
}

TEST(Codec, leaves_out_what_is_absent_but_not_what_is_required) {
  EXPECT_EQ(encode(Whole{}), R"({"id":""})");
}

TEST(Codec, writes_selected_members_and_a_head) {
  const Whole whole = decode<Whole>(full_text).value();
  EXPECT_EQ(encode(whole, {"BIG", "id"}), R"({"id":"w","big":-5})");
  EXPECT_EQ(encode(whole, {"id"}, R"("odata.metadata":"m")"), R"({"odata.metadata":"m","id":"w"})");
  EXPECT_EQ(encode(whole, {"none"}, R"("a":1)"), R"({"a":1})");
}

TEST(Codec, ignores_unknown_members_null_and_case) {
  const auto whole = decode<Whole>(R"({"ID":"w","more":[{}],"flag":null,"Color":"NAVY"})");
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->id, "w");
  EXPECT_FALSE(whole->flag);
  EXPECT_EQ(whole->color, Color::dark_blue);
}

TEST(Codec, names_the_property_that_is_missing) {
  const Error error = refusal(R"({"id":"w","parts":[{"name":"a"},{"count":1}]})");
  EXPECT_EQ(error.service_code, "MissingRequiredProperty");
  EXPECT_THAT(error.message, testing::HasSubstr("parts[1].name"));
  EXPECT_EQ(error.details, (std::vector<Detail>{{"PropertyName", "name"}}));
  EXPECT_EQ(refusal(R"({"id":"w","tags":[1]})").details[0].value, "tags");
  EXPECT_TRUE(decode<Whole>(R"({"parts":[{}]})", Missing::allowed));
}

TEST(Codec, names_the_property_whose_value_is_wrong) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"id":1})", "id must be a string, not number"},
      {R"({"id":"w","flag":"yes"})", "flag must be true or false"},
      {R"({"id":"w","part":[]})", "part must be an object"},
      {R"({"id":"w","parts":{}})", "parts must be an array"},
      {R"({"id":"w","part":{"name":"p","count":3000000000}})", "part.count is '3000000000'"},
      {R"({"id":"w","part":{"name":"p","count":1.5}})", "part.count must be an integer"},
      {R"({"id":"w","tags":["x",2]})", "tags[1] must be a string"},
      {R"({"id":"w","color":"green"})", "color is 'green'"},
      {R"({"id":"w","length":"12x"})", "length is '12x'"},
      {R"({"id":"w","big":18446744073709551615})", "big is '18446744073709551615'"},
      {R"({"id":"w","made":"today"})", "made is 'today'"},
      {R"({"id":"w","limit":"5m"})", "limit is '5m'"}};
  for (const auto& [json, message] : cases) {
    const Error error = refusal(json);
    EXPECT_EQ(error.service_code, "InvalidPropertyValue");
    EXPECT_THAT(error.message, testing::HasSubstr(message));
  }
}

TEST(Codec, lets_a_client_pass_over_a_word_that_a_newer_service_has) {
  const auto whole = decode<Whole>(R"({"id":"w","color":"green","tags":["x"]})", Missing::allowed);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->color, std::nullopt);
  EXPECT_EQ(whole->tags, std::vector<std::string>{"x"});
}

TEST(Codec, refuses_what_is_no_json_object) {
  for (const std::string& json :
       {std::string(""), std::string("{"), std::string("[]"), std::string("\"x\""),
        std::string(100'000, '['), "{\"extra\":" + std::string(1000, '{')})
    EXPECT_EQ(refusal(json).service_code, "InvalidRequestBody");
}

TEST(Codec, counts_no_brackets_inside_strings) {
  EXPECT_TRUE(decode<Whole>(
      R"({"id":"\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["})"));
}

TEST(Codec, replaces_broken_utf8_instead_of_failing) {
  EXPECT_EQ(encode(Whole{.id = "a\xff"}), "{\"id\":\"a\xef\xbf\xbd\"}");
}

TEST(Codec, writes_opaque_text_that_is_no_json_as_null) {
  EXPECT_EQ(encode(Whole{.id = "a", .extra = {"{broken"}}), R"({"id":"a","extra":null})");
}

TEST(Words, are_read_without_case_and_written_by_the_first_entry) {
  EXPECT_EQ(text_of(Color::dark_blue), "darkBlue");
  EXPECT_EQ(parse_word<Color>("DARKBLUE"), Color::dark_blue);
  EXPECT_EQ(parse_word<Color>("green"), std::nullopt);
}

TEST(Operation, counts_the_holes_of_its_path) {
  static_assert(count_holes("/pools") == 0);
  static_assert(count_holes("/pools/{poolId}/nodes/{nodeId}") == 2);
  EXPECT_EQ(count_holes("/jobs/{jobId}"), 1);
}

}  // namespace
}  // namespace dms
