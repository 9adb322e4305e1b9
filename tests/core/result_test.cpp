#include "core/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <stdexcept>

namespace dms {
namespace {

Result<int> half(int number) {
  if (number % 2) return fail(Code::invalid_argument, std::to_string(number) + " is odd");
  return number / 2;
}

Result<int> quarter(int number) {
  DMS_TRY(const int once, half(number));
  DMS_TRY(const int twice, half(once).context("halving again"));
  return twice;
}

Status check(int number) {
  DMS_CHECK(quarter(number));
  return ok();
}

TEST(Result, passes_values_and_errors_through) {
  EXPECT_EQ(*quarter(12), 3);
  EXPECT_EQ(quarter(7).error().message, "7 is odd");
  EXPECT_EQ(quarter(6).error().message, "halving again: 3 is odd");
  EXPECT_TRUE(check(4));
  EXPECT_EQ(check(3).error().code, Code::invalid_argument);
}

TEST(Result, throws_its_message_only_when_asked_for_a_value) {
  EXPECT_EQ(half(4).value(), 2);
  try {
    half(5).value();
    ADD_FAILURE() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "5 is odd");
  }
  EXPECT_EQ(half(5).value_or(9), 9);
}

TEST(Result, carries_what_can_only_be_moved) {
  Result<std::unique_ptr<int>> owned = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = *std::move(owned);
  EXPECT_EQ(*taken, 5);
}

TEST(FailErrno, tells_codes_by_who_may_act) {
  EXPECT_EQ(fail_errno("opening x", ENOENT).code, Code::not_found);
  EXPECT_EQ(fail_errno("opening x", ENOENT).message, "opening x: No such file or directory");
  EXPECT_EQ(fail_errno("", EACCES).code, Code::permission);
  EXPECT_EQ(fail_errno("", ENOSPC).code, Code::exhausted);
  EXPECT_EQ(fail_errno("", EEXIST).code, Code::already_exists);
  EXPECT_EQ(fail_errno("", EIO).code, Code::internal);
}

TEST(CodeName, is_the_word_of_the_code) {
  EXPECT_EQ(code_name(Code::not_found), "not_found");
  EXPECT_EQ(code_name(Code::internal), "internal");
}

}  // namespace
}  // namespace dms
