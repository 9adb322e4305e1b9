#include "node/utf8.h"

#include <gtest/gtest.h>

namespace dms::node {
namespace {

TEST(Utf8, stays_and_other_bytes_are_taken_for_latin1) {
  EXPECT_EQ(as_utf8("Müller €.𝄞"), "Müller €.𝄞");
  EXPECT_EQ(as_utf8("M\xFCller"), "Müller");
  EXPECT_EQ(as_utf8("\xC3"), "Ã");
  EXPECT_EQ(as_utf8("\xE2\x82"), "â\xC2\x82");
}

TEST(Utf8, overlong_forms_and_surrogates_are_no_utf8) {
  EXPECT_EQ(as_utf8("\xC0\xAF"), "À¯");
  EXPECT_EQ(as_utf8("\xED\xA0\x80"), "í\xC2\xA0\xC2\x80");
}

}  // namespace
}  // namespace dms::node
