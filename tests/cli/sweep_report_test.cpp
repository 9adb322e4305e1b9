#include "cli/sweep_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/file.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace dms::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

models::Study melt() {
  models::Study study{.job_name = "melt", .pool_name = "lab"};
  study.space = *models::ParameterSpace::make(
      {{"T", *models::make_linspace(0.5, 3, 6)}, {"R", *models::make_range(1, 4, 1)}},
      models::Combine::product);
  study.task_slots_per_node = 2;
  return study;
}

TEST(PlanLines, tell_runs_place_and_inputs) {
  models::Study study = melt();
  EXPECT_THAT(plan_lines(study, {}),
              ElementsAre("melt: 24 runs (T 6 × R 4) on pool lab, 1 node × 2 slots"));
  study.inputs = "/data/melt";
  EXPECT_THAT(plan_lines(study, {.files = 1, .zip_bytes = 1234, .left_out = {"old"}}),
              ElementsAre("melt: 24 runs (T 6 × R 4) on pool lab, 1 node × 2 slots",
                          "inputs: 1 file in /data/melt, zip of 1.2 KB",
                          "left out of the inputs, being results of a study: old"));
}

TEST(SweepReport, tells_rate_and_time_left_from_what_ended_meanwhile) {
  const TempDirectory directory;
  FakeClock clock;
  std::FILE* file = std::fopen((directory / "out").c_str(), "w");
  {
    Terminal terminal(file, StreamKind::plain, clock);
    SweepReport report(terminal, clock);
    report.progress({.total = 24, .done = 4, .running = 2});
    clock.advance(std::chrono::seconds(10));
    report.progress({.total = 24, .done = 9, .running = 2, .failed = 1});
    clock.advance(std::chrono::seconds(100));
    report.progress({.total = 24, .done = 10, .running = 0, .waiting_for = "pool lab"});
    clock.advance(std::chrono::seconds(10));
    report.progress({.step = models::SweepProgress::Step::collecting, .total = 24, .done = 3});
  }
  std::fclose(file);
  EXPECT_EQ(read_file(directory / "out").value_or(""),
            "runs: 4/24 done, 0 failed, 2 running\n"
            "runs: 9/24 done, 1 failed, 2 running, 0.5/s, 0:30 left\n"
            "runs: 10/24 done, 0 failed, 0 running, 3.3/min, 4:17 left; waiting for pool lab\n"
            "collecting: 3/24\n");
}

models::SweepOutcome one_failed() {
  models::SweepOutcome outcome{.asked = 3, .stored = 3, .run = 3, .collected = 2, .failed = 1};
  outcome.results_zip = "/r/results.zip";
  outcome.results_csv = "/r/results.csv";
  outcome.problems = {
      {.task_id = "T-1-ab", .exit_code = 3, .reason = "it \x1b failed", .stderr_tail = "a\nb"}};
  return outcome;
}

TEST(OutcomeLines, end_with_what_failed_and_the_invariant) {
  EXPECT_THAT(
      outcome_lines(one_failed()),
      ElementsAre("results: /r/results.zip", "results: /r/results.csv",
                  "failed: T-1-ab: exit code 3: it ? failed", "  the end of its stderr:", "  | a",
                  "  | b", "3 asked = 3 stored = 3 run ≠ 2 collected (1 failed: T-1-ab)"));
}

TEST(OutcomeLines, say_how_many_more_failed) {
  models::SweepOutcome outcome = one_failed();
  outcome.collected = 0;
  outcome.failed = 3;
  EXPECT_THAT(outcome_lines(outcome), testing::Contains(HasSubstr("… and 2 more")));
}

TEST(OutcomeJson, holds_the_numbers_and_the_problems) {
  EXPECT_EQ(outcome_json(melt(), one_failed()),
            R"j({"jobId":"melt","succeeded":false,"asked":3,"stored":3,"run":3,"collected":2,)j"
            R"j("failed":1,"known":0,"resultsZip":"/r/results.zip","resultsCsv":"/r/results.csv",)j"
            R"j("invariant":"3 asked = 3 stored = 3 run ≠ 2 collected (1 failed: T-1-ab)",)j"
            R"j("problems":[{"taskId":"T-1-ab","exitCode":3,"reason":"it \u001b failed",)j"
            R"j("stderrTail":"a\nb"}]})j");
}

}  // namespace
}  // namespace dms::cli
