#include "models/runs/sweep_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blob/sas.h"
#include "blob/zip.h"
#include "core/file.h"
#include "models/runs/study_look.h"
#include "tests/models/fake_account.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace dms::models {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class SweepNotes final : public SweepListener {
 public:
  void note(std::string_view line) override { notes.emplace_back(line); }
  void progress(const SweepProgress& progress) override { seen.push_back(progress); }

  std::vector<std::string> notes;
  std::vector<SweepProgress> seen;
};

std::string value_of(const batch::Task& task, std::string_view name) {
  for (const auto& setting : task.environment_settings)
    if (setting.name == name) return setting.value.value_or("");
  return "";
}

// A study T × R of six runs with a folder of inputs; each run says T and R in result.txt.
class Sweeps : public testing::Test {
 protected:
  Sweeps() {
    fs::create_directories(directory_.path() / "case");
    write("case/in.melt", "run 1\n");
    write("case/study.yml",
          "job_name: melt\ninputs: .\ncommand: model\nsweep: {T: [1, 2, 3], R: [a, b]}\n"
          "outputs: [result.txt]\nresults: {e: {file: result.txt, regex: 'e (\\S+)'}}\n"
          "task_slots_per_node: 2\npool: {when_done: keep}\n");
    write("dmsnode", "tool");
    account_.behaviour = [](const batch::Task& task) {
      return TaskEnd{.files = {{"result.txt", "e " + value_of(task, "T") + value_of(task, "R")},
                               {"stderr.txt", ""}}};
    };
    clock_.on_sleep = [this](std::chrono::nanoseconds) {
      if (on_sleep_) on_sleep_();
      account_.advance();
    };
  }

  void write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(write_file_atomic(directory_ / name, text));
  }

  Result<SweepOutcome> run(Rerun rerun = Rerun::none) {
    notes_ = {};
    DMS_TRY(const Study study, load_study(directory_.path() / "case/study.yml"));
    DMS_TRY(const OutFolder out, OutFolder::open(directory_.path() / out_));
    DMS_TRY(const PackedInputs inputs,
            pack_inputs(study, out.scratch() / "inputs.zip", out.path()));
    batch::AzureBatch batch(*Url::parse("http://batch.test"), account_, clock_);
    const blob::BlobAccount blob_account{.endpoint = *Url::parse("http://blob.test/account"),
                                         .key = SharedKey{"account", "key"}};
    blob::AzureBlob blob(blob_account, account_, clock_);
    SweepRunner runner(batch, blob, clock_, notes_);
    const NodeTool tool{.path = directory_ / "dmsnode", .sha256 = "70"};
    return runner.run(
        {.study = study, .inputs = inputs, .tool = tool, .out = out, .options = {.rerun = rerun}},
        stop_.get_token());
  }

  Result<StudyLook> look() {
    DMS_TRY(const Study study, load_study(directory_.path() / "case/study.yml"));
    DMS_TRY(const PackedInputs inputs,
            pack_inputs(study, directory_.path() / "look.zip", directory_.path() / out_));
    batch::AzureBatch batch(*Url::parse("http://batch.test"), account_, clock_);
    const blob::BlobAccount blob_account{.endpoint = *Url::parse("http://blob.test/account"),
                                         .key = SharedKey{"account", "key"}};
    blob::AzureBlob blob(blob_account, account_, clock_);
    return look_at_study(batch, blob, Runs(study, inputs.identity()), inputs, clock_.now());
  }

  std::string csv() { return read_file(directory_ / "out/results.csv").value_or("absent"); }

  std::vector<std::string> zip_names() {
    std::vector<std::string> names;
    const auto entries = blob::list_zip(directory_.path() / "out/results.zip");
    if (!entries) return {entries.error().message};
    for (const auto& entry : *entries) names.push_back(entry.name);
    return names;
  }

  TempDirectory directory_;
  std::string out_ = "out";
  FakeClock clock_;
  FakeAccount account_;
  SweepNotes notes_;
  std::stop_source stop_;
  std::function<void()> on_sleep_;
};

TEST_F(Sweeps, run_everything_and_bring_it_back) {
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->succeeded());
  EXPECT_EQ(invariant_line(*outcome), "6 asked = 6 stored = 6 run = 6 collected");
  EXPECT_EQ(account_.tasks_run, 6);
  EXPECT_EQ(account_.pools.at("melt").task_slots_per_node, 2);
  EXPECT_EQ(account_.pools.at("melt").target_dedicated_nodes, 1);
  EXPECT_EQ(account_.jobs.at("melt").pool_info.pool_id, "melt");
  EXPECT_THAT(zip_names(), testing::SizeIs(12));
  EXPECT_THAT(zip_names(), Contains(AllOf(StartsWith("T-1--R-a-"), EndsWith("/result.txt"))));
}

TEST_F(Sweeps, write_a_row_per_run_in_order_of_the_sweep) {
  ASSERT_TRUE(run());
  const std::string table = csv();
  EXPECT_THAT(table, StartsWith("T,R,task_id,exit_code,wall_seconds,e\n1,a,T-1--R-a-"));
  EXPECT_THAT(table, HasSubstr(",0,1.500,1a\n1,b,T-1--R-b-"));
  EXPECT_THAT(table, EndsWith(",0,1.500,3b\n"));
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 7);
}

TEST_F(Sweeps, leave_nothing_but_the_results) {
  ASSERT_TRUE(run());
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory_.path() / "out"))
    names.push_back(entry.path().filename().string());
  EXPECT_THAT(names, testing::UnorderedElementsAre("results.zip", "results.csv",
                                                   std::string(results_marker)));
}

TEST_F(Sweeps, send_the_inputs_without_the_study) {
  ASSERT_TRUE(run());
  std::string archive;
  for (const auto& [name, count] : account_.uploads)
    if (name.starts_with("dmsbatch-inputs/inputs/")) archive = account_.blobs.at(name);
  const std::string path = directory_ / "sent.zip";
  ASSERT_TRUE(write_file_atomic(path, archive));
  const auto entries = blob::list_zip(path);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 1);
  EXPECT_EQ((*entries)[0].name, "in.melt");
}

// The query of the first URL of a task that holds a signature for this kind of thing.
blob::SasFields signature_of(const batch::Task& task, std::string_view resource) {
  std::vector<std::string> urls;
  for (const auto& file : task.resource_files) urls.push_back(file.http_url.value_or(""));
  for (const auto& file : task.output_files)
    if (file.destination.container) urls.push_back(file.destination.container->container_url);
  for (const auto& url : urls) {
    const auto fields = blob::parse_sas(parse_query(Url::parse(url).value().query)).value();
    if (fields && fields->sr == resource) return *fields;
  }
  return {};
}

TEST_F(Sweeps, sign_no_wider_than_needed_and_for_the_wait_and_every_try) {
  write("case/study.yml",
        "job_name: melt\ninputs: .\ncommand: model\nsweep: {T: [1]}\noutputs: [result.txt]\n"
        "max_wall_clock: 20d\nmax_task_retry_count: 2\n");
  std::vector<batch::Task> seen;
  account_.behaviour = [&](const batch::Task& task) {
    seen.push_back(task);
    return TaskEnd{.files = {{"result.txt", "1"}}};
  };
  const Timestamp begin = clock_.now();
  ASSERT_TRUE(run());
  ASSERT_EQ(seen.size(), 1u);
  // The job's preparation task reads, the run's own task writes.
  batch::Task prepares;
  prepares.resource_files = account_.jobs.at("melt").job_preparation_task->resource_files;
  const auto read = signature_of(prepares, "b"), written = signature_of(seen[0], "c");
  EXPECT_EQ(read.sp, "r");
  EXPECT_EQ(written.sp, "cw");
  const Timestamp end{std::chrono::floor<std::chrono::seconds>(begin.at) +
                      std::chrono::days(14 + 3 * 20)};
  EXPECT_GE(Timestamp::parse(read.se).value(), end);
  EXPECT_GE(Timestamp::parse(written.se).value(), end);
}

TEST_F(Sweeps, refuse_a_job_whose_nodes_could_not_be_prepared_much_longer_and_say_so_before) {
  ASSERT_TRUE(run());
  const std::string text = *read_file(directory_ / "case/study.yml");
  const auto add_values = [&](const std::string& values) {
    std::string changed = text;
    changed.replace(changed.find("1, 2, 3"), 7, values);
    write("case/study.yml", changed);
  };
  // A node that joins in the fourth month is prepared by what was signed on the first day.
  clock_.advance(std::chrono::days(150));
  add_values("1, 2, 3, 4");
  EXPECT_EQ(look()->refusal, "");
  ASSERT_TRUE(run());
  // Runs of today may wait for two weeks, and the job's signatures end sooner.
  clock_.advance(std::chrono::days(20));
  add_values("1, 2, 3, 4, 5");
  EXPECT_THAT(look()->refusal, HasSubstr("job melt was made long ago"));
  const auto refused = run();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("dmsbatch job delete melt"));
  // What it says helps.
  account_.jobs.clear();
  account_.tasks.clear();
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->known, 8);
  EXPECT_EQ(invariant_line(*outcome), "10 asked = 10 stored = 10 run = 10 collected");
}

TEST_F(Sweeps, find_everything_done_the_second_time) {
  ASSERT_TRUE(run());
  const std::string before = csv();
  fs::remove_all(directory_.path() / "out");
  const auto uploads = account_.uploads;
  const auto again = run();
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->succeeded());
  EXPECT_EQ(again->known, 6);
  EXPECT_THAT(notes_.notes, Contains("all 6 runs are done already: collecting them"));
  EXPECT_EQ(account_.tasks_run, 6);
  EXPECT_EQ(account_.uploads, uploads);
  EXPECT_EQ(csv(), before);
}

TEST_F(Sweeps, run_again_when_asked_and_send_nothing_twice) {
  ASSERT_TRUE(run());
  const auto uploads = account_.uploads;
  const auto again = run(Rerun::all);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->succeeded());
  EXPECT_EQ(again->known, 0);
  EXPECT_EQ(account_.tasks_run, 12);
  auto expected = uploads;
  ++expected["dmsbatch-results/melt/manifest.json"];
  EXPECT_EQ(account_.uploads, expected);
}

TEST_F(Sweeps, run_only_what_is_new_when_the_sweep_grows) {
  ASSERT_TRUE(run());
  write("case/study.yml",
        "job_name: melt\ninputs: .\ncommand: model\nsweep: {T: [1, 2, 3, 4], R: [a, b]}\n"
        "outputs: [result.txt]\ntask_slots_per_node: 2\n");
  const auto again = run();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(invariant_line(*again), "8 asked = 8 stored = 8 run = 8 collected");
  EXPECT_EQ(account_.tasks_run, 8);
  EXPECT_THAT(notes_.notes, Contains(HasSubstr("6 of 8 runs are done already")));
}

TEST_F(Sweeps, tell_the_failed_run_and_keep_the_others) {
  account_.behaviour = [](const batch::Task& task) {
    const bool fails = value_of(task, "T") == "2" && value_of(task, "R") == "b";
    return TaskEnd{.exit_code = fails ? 3 : 0,
                   .files = {{"result.txt", "e 1"}, {"stderr.txt", "first\nno such atom\n"}}};
  };
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_FALSE(outcome->succeeded());
  EXPECT_EQ(outcome->failed, 1);
  ASSERT_EQ(outcome->problems.size(), 1);
  EXPECT_THAT(outcome->problems[0].task_id, StartsWith("T-2--R-b-"));
  EXPECT_EQ(outcome->problems[0].exit_code, 3);
  EXPECT_EQ(outcome->problems[0].reason, "") << "the exit code says it";
  EXPECT_EQ(outcome->problems[0].stderr_tail, "first\nno such atom");
  EXPECT_EQ(invariant_line(*outcome), "6 asked = 6 stored = 6 run ≠ 5 collected (1 failed: " +
                                          outcome->problems[0].task_id + ")");
  EXPECT_THAT(csv(), HasSubstr(outcome->problems[0].task_id + ",3,1.500,1\n"));
}

TEST_F(Sweeps, run_again_what_failed_and_only_that) {
  account_.behaviour = [](const batch::Task& task) {
    return TaskEnd{.exit_code = value_of(task, "T") == "2" ? 1 : 0, .files = {{"a", "b"}}};
  };
  ASSERT_EQ(run()->failed, 2);
  EXPECT_EQ(run()->failed, 2);
  EXPECT_EQ(account_.tasks_run, 6);
  account_.behaviour = [](const batch::Task&) { return TaskEnd{.files = {{"a", "b"}}}; };
  const auto again = run(Rerun::failed);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->succeeded());
  EXPECT_EQ(account_.tasks_run, 8);
}

TEST_F(Sweeps, never_take_old_outputs_for_those_of_a_new_run) {
  ASSERT_TRUE(run());
  account_.behaviour = [](const batch::Task&) { return TaskEnd{.exit_code = 1}; };
  const auto again = run(Rerun::all);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->collected, 0);
  EXPECT_TRUE(again->results_zip.empty());
  EXPECT_FALSE(fs::exists(directory_.path() / "out/results.zip"));
}

TEST_F(Sweeps, do_not_count_a_success_without_outputs_as_collected) {
  account_.behaviour = [](const batch::Task& task) {
    TaskEnd end{.files = {{"a", "b"}}};
    if (value_of(task, "T") == "3") end.files.clear();
    return end;
  };
  const auto outcome = run();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->collected, 4);
  EXPECT_EQ(outcome->problems[0].reason, "its outputs are not in storage");
  EXPECT_THAT(
      invariant_line(*outcome),
      StartsWith("6 asked = 6 stored = 6 run ≠ 4 collected (0 failed, 2 without results: "));
}

TEST_F(Sweeps, use_a_pool_of_another_shape_and_say_so) {
  ASSERT_TRUE(run());
  write("case/study.yml",
        "job_name: melt\ninputs: .\ncommand: model\nsweep: {T: [7]}\n"
        "task_slots_per_node: 1\nnum_hosts: 3\n");
  ASSERT_TRUE(run());
  EXPECT_THAT(notes_.notes, Contains(HasSubstr("is used as it is: 1 node × 2 slots (the study "
                                               "asks for 3 nodes × 1 slot)")));
}

TEST_F(Sweeps, make_a_pool_that_gives_up_its_nodes_when_it_is_idle) {
  write("case/study.yml", "job_name: melt\ncommand: model\nsweep: {T: [7]}\n");
  ASSERT_TRUE(run());
  const batch::Pool& pool = account_.pools.at("melt");
  EXPECT_EQ(pool.enable_auto_scale, true);
  EXPECT_THAT(pool.auto_scale_formula.value_or(""), HasSubstr("TimeInterval_Minute * 15"));
}

TEST_F(Sweeps, delete_the_pool_that_they_made_when_the_study_says_so) {
  write("case/study.yml",
        "job_name: melt\ncommand: model\nsweep: {T: [7]}\npool: {when_done: delete}\n");
  ASSERT_TRUE(run());
  EXPECT_EQ(account_.pools.count("melt"), 0U);
  EXPECT_THAT(notes_.notes, Contains("pool melt is being deleted"));
}

TEST_F(Sweeps, never_delete_a_pool_of_somebody_else) {
  account_.pools["lab"] = {.id = "lab", .target_dedicated_nodes = 1, .task_slots_per_node = 1};
  write("case/study.yml",
        "job_name: melt\npool_name: lab\ncommand: model\nsweep: {T: [7]}\n"
        "pool: {when_done: delete}\n");
  ASSERT_TRUE(run());
  EXPECT_EQ(account_.pools.count("lab"), 1U);
  EXPECT_THAT(notes_.notes, Contains("pool lab was not made by this study and stays"));
}

TEST_F(Sweeps, refuse_a_job_that_takes_no_tasks) {
  account_.jobs["melt"] = {.id = "melt", .state = batch::JobState::completed};
  const auto outcome = run();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::conflict);
  EXPECT_THAT(outcome.error().message, HasSubstr("dmsbatch job delete melt"));
  EXPECT_TRUE(account_.uploads.empty());
}

TEST_F(Sweeps, collect_from_a_completed_job_when_nothing_is_missing) {
  ASSERT_TRUE(run());
  account_.jobs["melt"].state = batch::JobState::completed;
  const auto again = run();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->succeeded());
}

TEST_F(Sweeps, refuse_a_job_of_another_pool) {
  account_.jobs["melt"] = {.id = "melt", .state = batch::JobState::active};
  account_.jobs["melt"].pool_info.pool_id = "other";
  const auto outcome = run();
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message, HasSubstr("runs on pool other"));
}

TEST_F(Sweeps, go_on_after_an_interruption) {
  int sleeps = 0;
  on_sleep_ = [&] {
    if (++sleeps == 2) stop_.request_stop();
  };
  const auto interrupted = run();
  ASSERT_FALSE(interrupted);
  EXPECT_EQ(interrupted.error().code, Code::cancelled);
  EXPECT_THAT(interrupted.error().message, HasSubstr("of 6 runs have ended, the others go on"));
  EXPECT_FALSE(fs::exists(directory_.path() / "out"));
  on_sleep_ = nullptr;
  stop_ = {};
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->succeeded());
  EXPECT_EQ(account_.tasks_added, 6);
  EXPECT_EQ(account_.tasks_run, 6);
}

TEST_F(Sweeps, share_a_job_with_tasks_of_others) {
  account_.jobs["melt"] = {.id = "melt", .state = batch::JobState::active};
  account_.jobs["melt"].pool_info.pool_id = "melt";
  batch::Task foreign{.id = "foreign", .state = batch::TaskState::preparing};
  account_.tasks["melt/foreign"] = foreign;  // never ends
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(invariant_line(*outcome), "6 asked = 6 stored = 6 run = 6 collected");
}

TEST_F(Sweeps, watch_by_counts_and_list_twice) {
  ASSERT_TRUE(run());
  EXPECT_EQ(account_.lists, 1);  // there was no job to list at first
  ASSERT_TRUE(run());
  EXPECT_EQ(account_.lists, 2);  // all known: nothing to wait for
}

TEST_F(Sweeps, tell_of_a_run_that_vanished) {
  int sleeps = 0;
  on_sleep_ = [&] {
    if (++sleeps == 1) account_.tasks.erase(account_.tasks.begin());
  };
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_THAT(invariant_line(*outcome), StartsWith("6 asked ≠ 5 stored = 5 run = 5 collected (1 "
                                                   "not taken: T-1--R-a-"));
}

TEST_F(Sweeps, take_from_another_job_what_it_has_run) {
  ASSERT_TRUE(run());
  write("case/study.yml",
        "job_name: other\ninputs: .\ncommand: model\nsweep: {T: [2, 3, 4], R: [a, b]}\n"
        "outputs: [result.txt]\nresults: {e: {file: result.txt, regex: 'e (\\S+)'}}\n");
  const auto again = run();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(invariant_line(*again), "6 asked = 6 stored = 6 run = 6 collected");
  EXPECT_EQ(again->known, 4);
  EXPECT_EQ(account_.tasks_run, 8);
  EXPECT_THAT(notes_.notes, Contains("4 of them in an earlier job: their results are kept"));
  const std::string table = csv();
  EXPECT_THAT(table, HasSubstr(",0,0.250,2a\n")) << "the time is the one that was recorded";
  EXPECT_THAT(table, EndsWith(",0,1.500,4b\n"));
  EXPECT_THAT(zip_names(), testing::SizeIs(12));
}

TEST_F(Sweeps, need_neither_job_nor_pool_for_what_is_kept) {
  ASSERT_TRUE(run());
  account_.jobs.clear();
  account_.pools.clear();
  account_.tasks.clear();
  const auto again = run();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(invariant_line(*again), "6 asked = 6 stored = 6 run = 6 collected");
  EXPECT_EQ(account_.tasks_run, 6);
  EXPECT_TRUE(account_.jobs.empty());
  EXPECT_TRUE(account_.pools.empty());
}

TEST_F(Sweeps, keep_no_result_of_a_run_that_failed) {
  account_.behaviour = [](const batch::Task& task) {
    return TaskEnd{.exit_code = value_of(task, "T") == "2" ? 1 : 0, .files = {{"a", "b"}}};
  };
  ASSERT_EQ(run()->failed, 2);
  account_.jobs.clear();
  account_.tasks.clear();
  const auto again = run();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->known, 4);
  EXPECT_EQ(account_.tasks_run, 8);
}

TEST_F(Sweeps, run_afresh_without_taking_what_is_kept) {
  ASSERT_TRUE(run());
  account_.jobs.clear();
  account_.tasks.clear();
  account_.behaviour = [](const batch::Task&) { return TaskEnd{.exit_code = 1}; };
  const auto again = run(Rerun::all);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(account_.tasks_run, 12);
  EXPECT_EQ(again->collected, 0);
}

TEST_F(Sweeps, bring_inputs_once_per_node_and_changed_ones_with_the_runs) {
  ASSERT_TRUE(run());
  ASSERT_TRUE(account_.jobs.at("melt").job_preparation_task);
  EXPECT_EQ(account_.jobs.at("melt").job_preparation_task->resource_files.size(), 2);
  for (const auto& [id, task] : account_.tasks) EXPECT_THAT(task.resource_files, IsEmpty());
  account_.tasks.clear();
  write("case/in.melt", "run 2\n");
  const auto again = run();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(account_.tasks_run, 12);
  for (const auto& [id, task] : account_.tasks)
    EXPECT_THAT(task.resource_files, testing::SizeIs(2)) << "the job's own are others";
}

TEST_F(Sweeps, bring_shared_files_by_preparation_only) {
  const auto study = [&](const std::string& job) {
    write("case/study.yml", "job_name: " + job + "\ninputs: .\nshared_files: [tide.h5]\n" +
                                "command: model\nsweep: {T: [1, 2]}\noutputs: [result.txt]\n");
  };
  write("case/tide.h5", "one");
  study("tides");
  const auto first = run();
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_EQ(account_.jobs.at("tides").job_preparation_task->resource_files.size(), 3);
  const auto shared = std::count_if(account_.blobs.begin(), account_.blobs.end(), [](auto& blob) {
    return blob.first.starts_with("dmsbatch-inputs/shared/") && blob.second == "one";
  });
  EXPECT_EQ(shared, 1);
  EXPECT_EQ(run()->known, 2);
  write("case/tide.h5", "two");
  const auto changed = run();
  ASSERT_FALSE(changed);
  EXPECT_THAT(changed.error().message,
              HasSubstr("job tides was made without tide.h5 as it is now"));
  study("tides2");
  const auto other = run();
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_EQ(account_.tasks_run, 4) << "another content, other runs";
}

TEST_F(Sweeps, tell_when_no_node_can_be_prepared) {
  account_.slots = 0;
  batch::JobPreparationAndReleaseTaskStatus status{.pool_id = "melt", .node_id = "n1"};
  status.job_preparation_task_execution_info = {.state = batch::NodeTaskState::completed,
                                                .exit_code = 74,
                                                .result = batch::TaskResult::failure};
  account_.preparations = {status};
  const auto outcome = run();
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message,
              HasSubstr("no node could be prepared for job melt, so its runs do not start; on node "
                        "n1: exit code 74"));
}

TEST_F(Sweeps, tell_when_too_few_nodes_can_be_prepared_for_a_run_over_several) {
  write("case/study.yml",
        "job_name: melt\ninputs: .\nmpi_command: mpirun model\nnum_hosts: 3\noutputs: [a]\n");
  account_.slots = 0;
  for (const std::string node : {"n1", "n2", "n3"}) {
    batch::JobPreparationAndReleaseTaskStatus status{.pool_id = "melt", .node_id = node};
    status.job_preparation_task_execution_info = {
        .state = batch::NodeTaskState::completed,
        .exit_code = node == "n2" ? 74 : 0,
        .result = node == "n2" ? batch::TaskResult::failure : batch::TaskResult::success};
    account_.preparations.push_back(status);
  }
  const auto outcome = run();
  ASSERT_FALSE(outcome);
  EXPECT_THAT(
      outcome.error().message,
      HasSubstr("too few nodes could be prepared for job melt, so its runs do not start; on "
                "node n2: exit code 74"));
}

TEST_F(Sweeps, can_be_looked_at_before_they_run) {
  EXPECT_EQ(look()->to_run, 6);
  EXPECT_THAT(look()->why, ElementsAre("job melt was not submitted before"));
  account_.behaviour = [](const batch::Task& task) {
    return TaskEnd{.exit_code = value_of(task, "T") == "2" ? 1 : 0, .files = {{"result.txt", "b"}}};
  };
  ASSERT_TRUE(run());
  write("case/study.yml",
        "job_name: melt\ninputs: .\ncommand: model\nsweep: {T: [1, 2, 3, 7], R: [a, b]}\n"
        "outputs: [result.txt]\n");
  const auto grown = look();
  ASSERT_TRUE(grown) << grown.error().message;
  EXPECT_EQ(grown->known, 6);
  EXPECT_EQ(grown->failed, 2);
  EXPECT_EQ(grown->to_run, 2);
  EXPECT_THAT(grown->why, ElementsAre("new values of T: 7"));
  write("case/in.melt", "run 2\n");
  EXPECT_EQ(look()->known, 0);
  EXPECT_THAT(look()->why, ElementsAre("in.melt changed", "new values of T: 7"));
}

TEST_F(Sweeps, do_nothing_to_the_service_when_the_folder_cannot_be_made) {
  write("out", "a file");
  const auto outcome = run();
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message, HasSubstr("out is not a folder"));
  EXPECT_TRUE(account_.jobs.empty());
}

TEST_F(Sweeps, remove_the_folder_again_when_nothing_came_of_it) {
  account_.fault = [](const Request&) -> Status { return fail(Code::permission, "no"); };
  ASSERT_FALSE(run());
  EXPECT_FALSE(fs::exists(directory_.path() / "out"));
}

TEST_F(Sweeps, say_what_the_runs_wait_for) {
  account_.slots = 0;
  account_.pools["melt"] = {.id = "melt", .target_dedicated_nodes = 0, .task_slots_per_node = 2};
  on_sleep_ = [&] {
    for (const auto& progress : notes_.seen)
      if (!progress.waiting_for.empty()) account_.slots = 2;
  };
  ASSERT_TRUE(run());
  std::vector<std::string> reasons;
  for (const auto& progress : notes_.seen)
    if (!progress.waiting_for.empty()) reasons.push_back(progress.waiting_for);
  ASSERT_THAT(reasons, Not(IsEmpty()));
  EXPECT_EQ(reasons[0], "pool melt: 0 nodes wanted");
}

TEST_F(Sweeps, leave_folders_of_results_out_of_the_inputs) {
  ASSERT_TRUE(run());
  fs::rename(directory_.path() / "out", directory_.path() / "case/earlier");
  const auto again = run();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->known, 6);
}

TEST_F(Sweeps, may_leave_results_among_the_inputs) {
  out_ = "case";
  ASSERT_TRUE(run());
  EXPECT_FALSE(fs::exists(directory_.path() / "case" / results_marker));
  const auto again = run();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->known, 6);
  out_ = "case/new";
  EXPECT_EQ(run()->known, 0);  // from elsewhere, the results are files like any other
  out_ = "case/newer";
  EXPECT_EQ(run()->known, 6);
}

}  // namespace
}  // namespace dms::models
