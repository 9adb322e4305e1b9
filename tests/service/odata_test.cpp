#include "service/odata.h"

#include <gtest/gtest.h>

namespace dms::service {
namespace {

// An object with one property of each type; an empty one is absent.
struct Thing {
  std::string id = "Melt-1";
  std::optional<std::int64_t> exit_code;
  std::optional<Timestamp> created;
  bool dedicated = true;
};

constexpr Filterable<Thing> thing_properties[] = {
    {"id", [](const Thing& thing) -> Scalar { return thing.id; }},
    {"executionInfo/exitCode",
     [](const Thing& thing) -> Scalar {
       return thing.exit_code ? Scalar(*thing.exit_code) : Scalar();
     }},
    {"creationTime",
     [](const Thing& thing) -> Scalar {
       return thing.created ? Scalar(*thing.created) : Scalar();
     }},
    {"isDedicated", [](const Thing& thing) -> Scalar { return thing.dedicated; }}};

Thing thing() {
  Thing thing;
  thing.exit_code = 3;
  thing.created = *Timestamp::parse("2026-03-04T05:06:07.5Z");
  return thing;
}

bool passes(std::string_view filter, const Thing& object = thing()) {
  const auto parsed = FilterOf<Thing>::parse(filter, thing_properties);
  EXPECT_TRUE(parsed) << filter << ": " << (parsed ? "" : parsed.error().message);
  return parsed && parsed->passes(object);
}

TEST(Filter, judges_by_each_operator_and_type) {
  const std::pair<const char*, bool> table[] = {
      {"", true},
      {"   ", true},
      {"id eq 'Melt-1'", true},
      {"id ne 'Melt-1'", false},
      {"id gt 'Melt'", true},
      {"id lt 'Melt-2'", true},
      {"id ge 'Melt-1'", true},
      {"id le 'Melt-0'", false},
      {"startswith(id,'Melt')", true},
      {"startswith(id, 'elt')", false},
      {"startswith ( id , 'Melt-1' )", true},
      {"startswith(id,'Melt-1-and-more')", false},
      {"startswith(id,'')", true},
      {"executionInfo/exitCode eq 3", true},
      {"executionInfo/exitCode ne 3", false},
      {"executionInfo/exitCode gt -1", true},
      {"(executionInfo/exitCode lt 0) or (executionInfo/exitCode gt 0)", true},
      {"isDedicated eq true", true},
      {"isDedicated eq False", false},
      {"isDedicated ne false", true},
      {"creationTime gt DateTime'2026-03-04T05:06:07Z'", true},
      {"creationTime eq DateTime'2026-03-04T05:06:07.5Z'", true},
      {"creationTime eq DateTime'2026-03-04T06:06:07.5+01:00'", true},
      {"creationTime ge DateTime'Wed, 04 Mar 2026 05:06:07 GMT'", true},
      {"creationTime lt DateTime'Wed, 04 Mar 2026 05:06:07 GMT'", false},
      {"creationTime lt datetime'2027-01-01T00:00:00Z'", true},
  };
  for (const auto& [filter, expected] : table) EXPECT_EQ(passes(filter), expected) << filter;
}

TEST(Filter, compares_texts_without_regard_to_case) {
  EXPECT_TRUE(passes("id eq 'MELT-1'"));
  EXPECT_TRUE(passes("startswith(id,'mELT')"));
  EXPECT_FALSE(passes("id ne 'melt-1'"));
}

TEST(Filter, binds_and_closer_than_or) {
  EXPECT_TRUE(passes("isDedicated eq true or id eq 'x' and id eq 'y'"));
  EXPECT_TRUE(passes("id eq 'x' and id eq 'y' or isDedicated eq true"));
  EXPECT_FALSE(passes("(isDedicated eq true or id eq 'x') and id eq 'y'"));
  EXPECT_FALSE(passes("id eq 'y' and (id eq 'x' or isDedicated eq true)"));
  EXPECT_TRUE(passes("id eq 'x' OR id EQ 'melt-1' AND isDedicated eq TRUE"));
}

TEST(Filter, reads_a_doubled_quote_as_one) {
  Thing odd = thing();
  odd.id = "o'neil";
  EXPECT_TRUE(passes("id eq 'o''neil'", odd));
  odd.id = "a or b";
  EXPECT_TRUE(passes("id eq 'a or b'", odd));
  odd.id = "";
  EXPECT_TRUE(passes("id eq ''", odd));
}

TEST(Filter, finds_a_comparison_with_an_absent_property_false) {
  const Thing empty;
  for (const char* op : {"eq", "ne", "lt", "gt", "le", "ge"})
    EXPECT_FALSE(passes("executionInfo/exitCode " + std::string(op) + " 0", empty)) << op;
  EXPECT_FALSE(passes("creationTime ne DateTime'2026-03-04T05:06:07Z'", empty));
}

TEST(Filter, finds_a_comparison_with_another_type_false) {
  EXPECT_FALSE(passes("executionInfo/exitCode eq '3'"));
  EXPECT_FALSE(passes("id ne 3"));
  EXPECT_FALSE(passes("startswith(executionInfo/exitCode,'3')"));
}

TEST(Filter, refuses_what_it_cannot_read_and_tells_where) {
  const std::pair<const char*, const char*> table[] = {
      {"id", "position 3: expected one of eq"},
      {"id eq", "position 6: expected a text in single quotes"},
      {"id eq 'x", "position 9: expected the closing quote"},
      {"id eq x", "position 7: expected a text in single quotes"},
      {"id eq 12x", "position 7: expected a text in single quotes"},
      {"id eq 'a' id eq 'b'", "position 11: expected and, or"},
      {"id eq 'a' and", "position 14: expected a property"},
      {"id like 'a'", "position 4: expected one of eq"},
      {"ID eq 'a'", "position 1: expected a property of this list (id, executionInfo/exitCode"},
      {"not id eq 'a'", "position 1: expected a property"},
      {"(id eq 'a'", "position 11: expected )"},
      {"id eq 'a')", "position 10: expected and, or"},
      {"()", "position 2: expected a property"},
      {"startswith id,'a'", "position 12: expected ( after startswith"},
      {"startswith(id 'a')", "position 15: expected , after the property"},
      {"startswith(id,3)", "expected a text in quotes"},
      {"startswith(id,'a'", "position 18: expected )"},
      {"creationTime gt DateTime", "expected a text in single quotes"},
      {"creationTime gt DateTime'yesterday'", "expected a date and time"},
      {"executionInfo/exitCode eq 99999999999999999999", "expected a text in single quotes"},
      {"id startswith 'a'", "position 4: expected one of eq"},
  };
  for (const auto& [filter, message] : table) {
    const auto parsed = FilterOf<Thing>::parse(filter, thing_properties);
    ASSERT_FALSE(parsed) << filter;
    EXPECT_EQ(parsed.error().service_code, "InvalidQueryParameterValue") << filter;
    EXPECT_EQ(parsed.error().http_status, 400) << filter;
    EXPECT_NE(parsed.error().message.find(message), std::string::npos)
        << filter << ": " << parsed.error().message;
  }
}

TEST(Filter, takes_parentheses_up_to_a_depth) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "id eq 'melt-1'" + std::string(depth, ')');
  };
  EXPECT_TRUE(passes(nested(50)));
  EXPECT_FALSE((FilterOf<Thing>::parse(nested(51), thing_properties)));
  EXPECT_FALSE((FilterOf<Thing>::parse(nested(1'000'000), thing_properties)));
}

TEST(Filter, takes_long_chains) {
  std::string filter = "id eq 'x0'";
  for (int i = 1; i < 30'000; ++i) filter += " or id eq 'x" + std::to_string(i) + "'";
  EXPECT_FALSE(passes(filter));
  EXPECT_TRUE(passes(filter + " or id eq 'melt-1'"));
}

}  // namespace
}  // namespace dms::service
