#include "core/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dms {
namespace {

const std::string key = std::string(86, 'k') + "==";

TEST(Redact, hides_signatures_keys_and_tokens) {
  EXPECT_EQ(redact("GET https://h/c?sv=1&sig=abc%3D&se=2"),
            "GET https://h/c?sv=1&sig=REDACTED&se=2");
  EXPECT_EQ(redact("sig=abc&sv=1"), "sig=REDACTED&sv=1");
  EXPECT_EQ(redact("url=https%3A%2F%2Fh%3Fsig%3Dab%2Bc%26sv%3D1 x"),
            "url=https%3A%2F%2Fh%3Fsig%3DREDACTED%26sv%3D1 x");
  EXPECT_EQ(redact("Authorization: SharedKey acct:abc+/="),
            "Authorization: SharedKey acct:REDACTED");
  EXPECT_EQ(redact("authorization: bearer eyJ0.eyJh.x"), "authorization: bearer REDACTED");
  EXPECT_EQ(redact("AccountName=a;AccountKey=" + key + ";EndpointSuffix=x"),
            "AccountName=a;AccountKey=REDACTED;EndpointSuffix=x");
  EXPECT_EQ(redact("the key is '" + key + "'"), "the key is 'REDACTED'");
  EXPECT_EQ(redact("--key=" + key), "--key=REDACTED");
}

TEST(Redact, leaves_harmless_text_alone) {
  for (const std::string_view text :
       {"pool p1 has 3 nodes", "a == b", "SharedKey is the default", "Zm9vYg==", "", "design=1"})
    EXPECT_EQ(redact(text), text);
}

TEST(Redact, is_stable) {
  const std::string once = redact("https://h?sig=a SharedKey x:y " + key);
  EXPECT_EQ(redact(once), once);
}

TEST(Log, writes_one_redacted_line_to_stderr_with_time_and_level) {
  testing::internal::CaptureStderr();
  log_warn("upload to https://h/c?sig=abc failed: {}");
  const std::string out = testing::internal::GetCapturedStderr();
  EXPECT_THAT(out, testing::MatchesRegex("[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+.[0-9]+Z warn.* "
                                         "upload to https://h/c.sig=REDACTED failed: ..\n"));
}

TEST(Log, drops_what_is_below_its_level) {
  const LogLevel before = log_level();
  set_log_level(LogLevel::error);
  testing::internal::CaptureStderr();
  log_debug("d");
  log_info("i");
  log_warn("w");
  log_error("e1");
  set_log_level(LogLevel::off);
  log_error("e2");
  const std::string out = testing::internal::GetCapturedStderr();
  set_log_level(before);
  EXPECT_THAT(out, testing::EndsWith(" e1\n"));
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
}

}  // namespace
}  // namespace dms
