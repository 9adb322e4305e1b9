#include "cli/transfer_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace dms::cli {
namespace {

using testing::ElementsAre;

TEST(TransferLineTest, tells_bytes_rate_time_left_and_files) {
  FakeClock clock;
  blob::TransferMeter meter;
  const TransferLine line(meter, clock);
  meter.expected_bytes = 10'000'000;
  meter.files_in_flight = 3;
  EXPECT_EQ(line.text(), "0 bytes of 10.0 MB, 0 files done, 3 in flight");
  clock.advance(std::chrono::seconds(2));
  meter.moved_bytes = 2'000'000;
  meter.reused_bytes = 3'000'000;
  meter.files_done = 7;
  EXPECT_EQ(line.text(), "5.0 MB of 10.0 MB, 1.0 MB/s, 0:05 left, 7 files done, 3 in flight");
}

TEST(TransferSummaryTest, tells_what_was_done_and_what_failed) {
  blob::TransferSummary summary{.files = 2, .bytes = 1500, .skipped_files = 1, .removed = 4};
  EXPECT_THAT(summary_lines(summary),
              ElementsAre("2 files, 1.5 KB; 1 unchanged, 0 bytes; 4 removed"));
  summary.failures.push_back({"a\x1b[2J", fail(Code::conflict, "it changed")});
  EXPECT_EQ(summary_lines(summary).front(), "failed: a?[2J: it changed");
  blob::TransferMeter meter;
  meter.moved_bytes = 1000;
  meter.reused_bytes = 500;
  EXPECT_EQ(
      summary_json(summary, meter),
      R"({"files":2,"bytes":1500,"movedBytes":1000,"reusedBytes":500,"skippedFiles":1,"skippedBytes":0,"removed":4,)"
      R"("failures":[{"name":"a\u001b[2J","message":"it changed"}]})");
}

TEST(TransferSummaryTest, shows_no_more_failures_than_fit_on_a_screen) {
  blob::TransferSummary summary;
  for (int i = 0; i < 50; ++i) summary.failures.push_back({"f", fail(Code::conflict, "no")});
  const auto lines = summary_lines(summary);
  EXPECT_EQ(lines.size(), 22u);
  EXPECT_EQ(lines[20], "… and 30 more");
}

}  // namespace
}  // namespace dms::cli
