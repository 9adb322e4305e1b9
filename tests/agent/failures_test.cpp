#include "agent/failures.h"

#include <gtest/gtest.h>

namespace dms::agent {
namespace {

Error answered(Code code) {
  Error error = fail(code, "no");
  error.http_status = 400;
  return error;
}

TEST(Failures, name_a_code_of_their_own_for_every_way_a_transfer_fails) {
  for (const Transfer transfer : {Transfer::download, Transfer::list, Transfer::upload})
    for (const Code code : {Code::permission, Code::not_found, Code::conflict, Code::timeout,
                            Code::unavailable, Code::corrupt}) {
      const std::string_view name = transfer_failure_code(transfer, answered(code));
      EXPECT_EQ(failure(name).code, name);
    }
}

TEST(Failures, blame_the_user_for_what_is_denied_or_missing_only) {
  for (const Transfer transfer : {Transfer::download, Transfer::list, Transfer::upload}) {
    const auto category = [&](Code code) {
      return failure(transfer_failure_code(transfer, answered(code))).category;
    };
    EXPECT_EQ(category(Code::permission), batch::ErrorCategory::user_error);
    EXPECT_EQ(category(Code::not_found), batch::ErrorCategory::user_error);
    EXPECT_EQ(category(Code::timeout), batch::ErrorCategory::server_error);
    EXPECT_EQ(category(Code::unavailable), batch::ErrorCategory::server_error);
  }
}

TEST(Failures, tell_an_own_error_from_one_of_the_other_side) {
  EXPECT_EQ(transfer_failure_code(Transfer::upload, fail(Code::permission, "no file mode")),
            "FileUploadMiscError");
  EXPECT_EQ(transfer_failure_code(Transfer::download, fail(Code::timeout, "slow")),
            "BlobDownloadTimedOut");
}

TEST(Failures, tell_a_full_disk) {
  EXPECT_EQ(disk_failure_code(fail(Code::exhausted, "x"), "ResourceFileWriteFailed"), "DiskFull");
  EXPECT_EQ(disk_failure_code(fail(Code::permission, "x"), "ResourceFileWriteFailed"),
            "ResourceFileWriteFailed");
}

TEST(Failures, leave_empty_details_out) {
  EXPECT_EQ(failure("DiskFull", {{"A", ""}, {"B", "b"}, {"C", {}}}).details.size(), 1U);
}

}  // namespace
}  // namespace dms::agent
