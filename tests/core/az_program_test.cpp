#include "core/auth/az_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include "tests/support/fake_az.h"
#include "tests/support/fake_clock.h"

namespace dms {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string resource = "https://batch.core.windows.net/";

class AzProgramTest : public testing::Test {
 protected:
  Result<Token> token(const FakeAz& az, const std::string& tenant = {}) {
    return AzProgram({.program = az.path(), .tenant = tenant}, clock).token(resource, {});
  }

  std::string refusal(const std::string& script) {
    const auto got = token(FakeAz(script));
    if (got) return "no error";
    EXPECT_EQ(got.error().code, Code::permission);
    return got.error().message;
  }

  FakeClock clock;
};

TEST_F(AzProgramTest, asks_for_the_resource_and_reads_the_moment_of_the_end) {
  const FakeAz az(R"(echo '{"accessToken":"tok","expiresOn":"2020-01-01 00:00:00.000000",
    "expires_on":1795222222,"subscription":"s","tenant":"t","tokenType":"Bearer"}')");
  const auto got = token(az, "contoso.com");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->text, "tok");
  EXPECT_EQ(got->expires_at.iso8601(), "2026-11-21T00:50:22Z");
  EXPECT_EQ(az.arguments(),
            "account get-access-token --resource https://batch.core.windows.net/ --output json "
            "--tenant contoso.com\n");
}

TEST_F(AzProgramTest, reads_the_local_time_of_older_versions) {
  const std::tm local{.tm_sec = 10,
                      .tm_min = 59,
                      .tm_hour = 21,
                      .tm_mday = 1,
                      .tm_mon = 0,
                      .tm_year = 127,
                      .tm_isdst = -1};
  std::tm copy = local;
  const std::int64_t epoch = std::mktime(&copy);
  const auto got =
      token(FakeAz(R"(echo '{"accessToken":"tok","expiresOn":"2027-01-01 21:59:10.123456"}')"));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->expires_at.at, std::chrono::sys_time<Ticks>(std::chrono::seconds(epoch)));
}

TEST_F(AzProgramTest, says_that_az_is_missing) {
  const auto got = AzProgram({.program = "/nowhere/az"}, clock).token(resource, {});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::permission);
  EXPECT_THAT(got.error().message,
              AllOf(HasSubstr("'/nowhere/az' is not there"), HasSubstr("install the Azure CLI")));
}

TEST_F(AzProgramTest, says_that_nobody_is_logged_in) {
  EXPECT_EQ(refusal("echo \"WARNING: x\nERROR: Please run 'az login' to setup account.\" >&2; "
                    "exit 1"),
            "az is not logged in: run 'az login' (Please run 'az login' to setup account.)");
}

TEST_F(AzProgramTest, shows_why_it_failed_otherwise_but_not_its_output) {
  EXPECT_EQ(refusal("echo tok-geheim; echo 'ERROR: no such tenant\nTrace ID: 1' >&2; exit 3"),
            "az gave no token (exit code 3): no such tenant; run 'az account get-access-token' to "
            "see why");
  EXPECT_THAT(refusal("exit 1"), HasSubstr("it said nothing"));
}

TEST_F(AzProgramTest, does_not_quote_an_answer_that_it_cannot_read) {
  for (const std::string answer :
       {R"({"accessToken":"tok-geheim")", R"({"accessToken":"tok-geheim"})",
        R"({"accessToken":"tok-geheim","expiresOn":"tomorrow"})", "tok-geheim"}) {
    const auto got = token(FakeAz("echo '" + answer + "'"));
    ASSERT_FALSE(got) << answer;
    EXPECT_EQ(got.error().code, Code::internal);
    EXPECT_THAT(got.error().message, AllOf(HasSubstr("update az"), Not(HasSubstr("geheim"))));
  }
}

TEST_F(AzProgramTest, is_ended_at_its_limits_of_time_and_output) {
  const FakeAz slow("sleep 600");
  const auto late = AzProgram({.program = slow.path(), .limit = 50ms}, clock).token(resource, {});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::permission);
  EXPECT_THAT(late.error().message, HasSubstr("was not done after 50 ms"));
  EXPECT_THAT(refusal("while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done"),
              HasSubstr("wrote more than 262144 bytes"));
}

TEST_F(AzProgramTest, is_ended_when_the_caller_is_stopped) {
  const FakeAz slow("sleep 600");
  std::stop_source stop;
  stop.request_stop();
  const auto got = AzProgram({.program = slow.path()}, clock).token(resource, stop.get_token());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::cancelled);
}

TEST_F(AzProgramTest, takes_no_tenant_that_could_be_an_option) {
  const FakeAz az("echo '{}'");
  const auto got = token(az, "--debug");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::invalid_argument);
  EXPECT_EQ(az.arguments(), "");
}

}  // namespace
}  // namespace dms
