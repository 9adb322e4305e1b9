#include "models/master/master_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blob/zip.h"
#include "core/file.h"
#include "models/master/crew_scale.h"
#include "tests/models/fake_crew.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace dms::models {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

class Notes final : public MasterListener {
 public:
  void note(std::string_view line) override { notes.emplace_back(line); }
  void progress(const MasterProgress& progress) override { seen.push_back(progress); }

  std::vector<std::string> notes;
  std::vector<MasterProgress> seen;
};

// A study with a master and three workers. Between two looks of the runner `between` says what
// happens, with the number of the pause; without it the master succeeds once its workers run, and
// they with it.
class Masters : public testing::Test {
 protected:
  Masters() {
    std::filesystem::create_directories(directory_.path() / "case");
    write("case/case.pst", "pcf\n");
    write("dmsnode", "tool");
    study("grace: 20s", "count: 3, max_replacements: 2");
    clock_.on_sleep = [this](std::chrono::nanoseconds) {
      ASSERT_LT(++pauses_, 2000) << "the study does not end";
      crew_.start_waiting(node_);
      if (between)
        between(pauses_);
      else
        succeed_when_all_run();
    };
  }

  void succeed_when_all_run() {
    const auto alive = crew_.alive();
    if (crew_.master().empty() || alive.size() < 3) return;
    for (const std::string& id : alive) crew_.end(id, 0);
    crew_.end(crew_.master(), 0);
  }

  void write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(write_file_atomic(directory_ / name, text));
  }
  void study(const std::string& master, const std::string& workers) {
    write("case/study.yml",
          "job_name: beo\ninputs: .\nmaster: {command: m, port: 4004, outputs: [case.rec], " +
              master + "}\nworkers: {command: w, " + workers +
              "}\nresults: {phi: {file: case.rec, regex: 'phi (\\S+)'}}\n");
  }

  Result<MasterOutcome> run(Rerun rerun = Rerun::none) {
    notes_ = {};
    DMS_TRY(const Study study, load_study(directory_.path() / "case/study.yml"));
    DMS_TRY(const OutFolder out, OutFolder::open(directory_.path() / "out"));
    DMS_TRY(const PackedInputs inputs,
            pack_inputs(study, out.scratch() / "inputs.zip", out.path()));
    batch::AzureBatch batch(*Url::parse("http://batch.test"), crew_, clock_);
    const blob::BlobAccount blob_account{.endpoint = *Url::parse("http://blob.test/account"),
                                         .key = SharedKey{"account", "key"}};
    blob::AzureBlob blob(blob_account, crew_, clock_);
    MasterRunner runner(batch, blob, clock_, notes_);
    const NodeTool tool{.path = directory_ / "dmsnode", .sha256 = "70"};
    return runner.run({.study = study, .inputs = inputs, .tool = tool, .out = out, .rerun = rerun},
                      stop_.get_token());
  }

  Result<Scaled> scale(int count) {
    batch::AzureBatch batch(*Url::parse("http://batch.test"), crew_, clock_);
    return scale_workers(batch, "beo", count);
  }

  // Does something once, when three workers run for the first time, and then goes on as usual.
  void once_all_run(std::function<void()> what) {
    between = [this, what = std::move(what), done = false](int) mutable {
      if (done || crew_.alive().size() < 3) return;
      done = true;
      what();
    };
  }

  TempDirectory directory_;
  FakeClock clock_;
  FakeCrew crew_;
  Notes notes_;
  std::stop_source stop_;
  std::string node_ = "node1";
  int pauses_ = 0;
  std::function<void(int)> between;
};

TEST_F(Masters, run_with_their_workers_and_bring_results_back) {
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->succeeded());
  EXPECT_EQ(invariant_line(*outcome),
            "master ended with code 0; 3 workers asked, 3 started = 3 ended, 0 replaced");
  for (const std::string& id : crew_.workers()) {
    EXPECT_EQ(crew_.environment(id, "MASTER_HOSTNAME"), "node1");
    EXPECT_EQ(crew_.environment(id, "MASTER_IP"), "10.0.0.1");
    EXPECT_EQ(crew_.environment(id, "MASTER_PORT"), "4004");
  }
  EXPECT_THAT(notes_.notes, Contains("the master runs on node1 (10.0.0.1:4004)"));
  EXPECT_EQ(read_file(directory_ / "out/results.csv").value_or(""),
            "task_id,exit_code,wall_seconds,phi\n" + crew_.master() + ",0,,1.5\n");
  EXPECT_EQ(blob::read_entry(directory_.path() / "out/results.zip", crew_.master() + "/case.rec")
                .value_or("absent"),
            "final phi 1.5\n");
}

TEST_F(Masters, that_cannot_start_are_told_why) {
  crew_.slots = 0;
  between = [&](int pauses) {
    if (pauses == 20) crew_.slots = 100;
    succeed_when_all_run();
  };
  const auto waited = run();
  ASSERT_TRUE(waited) << waited.error().message;
  EXPECT_EQ(waited->failure, "");
  EXPECT_THAT(notes_.notes, Contains("3 workers started"));
  EXPECT_THAT(notes_.seen,
              Contains(testing::Field(&MasterProgress::waiting_for, HasSubstr("pool beo: "))));
  EXPECT_EQ(notes_.seen.back().waiting_for, "");

  crew_.account.tasks.clear();
  crew_.slots = 0;
  batch::JobPreparationAndReleaseTaskStatus status{.pool_id = "beo", .node_id = "n1"};
  status.job_preparation_task_execution_info = {.state = batch::NodeTaskState::completed,
                                                .exit_code = 74,
                                                .result = batch::TaskResult::failure};
  crew_.account.preparations = {status};
  const auto refused = run(Rerun::all);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("no node could be prepared for job beo"));
}

TEST_F(Masters, start_no_worker_before_their_place_is_known) {
  crew_.printed = "hostname node1\n";
  between = [this](int pause) {
    if (pause < 20) {
      EXPECT_THAT(crew_.workers(), IsEmpty());
    }
    if (pause == 20) crew_.printed += "address 10.0.0.1\n";
    succeed_when_all_run();
  };
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->succeeded());
}

TEST_F(Masters, take_their_address_from_the_node_when_they_print_their_name_only) {
  study("prints_hostname: true", "count: 3");
  crew_.printed = "hostname NODE7\n";
  ASSERT_TRUE(run());
  EXPECT_EQ(crew_.environment(crew_.workers().at(0), "MASTER_HOSTNAME"), "NODE7");
  EXPECT_EQ(crew_.environment(crew_.workers().at(0), "MASTER_IP"), "10.0.0.9");
}

TEST_F(Masters, fail_the_study_when_they_print_something_else) {
  study("prints_hostname: true", "count: 3");
  crew_.printed = "starting\n";
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_FALSE(outcome->succeeded());
  EXPECT_THAT(outcome->failure, HasSubstr("first line is 'starting'"));
  EXPECT_EQ(crew_.terminated, std::vector{crew_.master()});
}

TEST_F(Masters, that_die_take_their_workers_with_them_within_seconds) {
  std::chrono::steady_clock::time_point died;
  once_all_run([&] {
    crew_.end(crew_.master(), 3);
    died = clock_.steady_now();
  });
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_FALSE(outcome->succeeded());
  EXPECT_EQ(outcome->failure, "the master failed with exit code 3");
  EXPECT_EQ(outcome->exit_code, 3);
  EXPECT_THAT(crew_.terminated, SizeIs(3));
  EXPECT_THAT(crew_.alive(), IsEmpty());
  EXPECT_LT(clock_.steady_now() - died, std::chrono::seconds(10));
  EXPECT_THAT(invariant_line(*outcome), HasSubstr("3 started = 3 ended"));
}

TEST_F(Masters, get_another_worker_for_one_that_died) {
  bool killed = false;
  between = [&](int) {
    const auto alive = crew_.alive();
    if (!killed && alive.size() == 3) {
      crew_.end(alive[1], 137);
      killed = true;
    } else {
      succeed_when_all_run();
    }
  };
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->succeeded());
  EXPECT_THAT(crew_.workers(), Contains(StartsWith("worker-0002-r1-")));
  EXPECT_THAT(invariant_line(*outcome), HasSubstr("4 started = 4 ended, 1 replaced"));
  EXPECT_THAT(notes_.notes, Contains("1 workers started, again: 2"));
}

TEST_F(Masters, waste_no_replacement_while_their_node_is_not_known_to_live) {
  std::chrono::steady_clock::time_point died;
  bool dead = false;
  between = [&](int) {
    if (!dead && crew_.alive().size() == 3) {
      for (const std::string& id : crew_.alive()) crew_.end(id, 1);
      crew_.node_state = batch::NodeState::unknown;
      died = clock_.steady_now();
      dead = true;
    } else if (dead && crew_.node_state == batch::NodeState::unknown) {
      EXPECT_THAT(crew_.workers(), SizeIs(3));
      if (clock_.steady_now() - died < std::chrono::minutes(5)) return;
      crew_.node_state = batch::NodeState::running;
      crew_.requeue(crew_.master());
      node_ = "node2";
    } else {
      succeed_when_all_run();
    }
  };
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->succeeded()) << outcome->failure;
  EXPECT_THAT(invariant_line(*outcome), HasSubstr("6 started = 6 ended, 0 replaced"));
}

TEST_F(Masters, end_the_study_when_no_worker_and_no_replacement_is_left) {
  between = [this](int) {
    for (const std::string& id : crew_.alive())
      if (crew_.task(id).state == batch::TaskState::running) crew_.end(id, 9);
  };
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_THAT(outcome->failure,
              HasSubstr("all workers have failed and the 2 replacements are used up; worker-0"));
  EXPECT_THAT(outcome->failure, HasSubstr("exit code 9"));
  EXPECT_THAT(crew_.workers(), SizeIs(5));
  EXPECT_THAT(crew_.terminated, Contains(crew_.master()));
}

TEST_F(Masters, do_not_fail_when_their_workers_fail_because_they_end) {
  study("grace: 20s", "count: 3, max_replacements: 0");
  int gone_at = 0;
  between = [&](int pause) {
    if (gone_at == 0 && crew_.alive().size() == 3) {
      for (const std::string& id : crew_.alive()) crew_.end(id, 255);
      gone_at = pause;
    } else if (gone_at != 0 && pause == gone_at + 8) {
      crew_.end(crew_.master(), 0);  // its outputs took some seconds
    }
  };
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->succeeded()) << outcome->failure;
}

TEST_F(Masters, give_workers_time_to_end_and_end_those_that_do_not) {
  std::chrono::steady_clock::time_point ended;
  once_all_run([&] {
    crew_.end(crew_.alive()[0], 0);
    crew_.end(crew_.master(), 0);
    ended = clock_.steady_now();
  });
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->succeeded()) << "workers that were ended are no failure";
  EXPECT_THAT(crew_.terminated, SizeIs(2));
  EXPECT_GE(clock_.steady_now() - ended, std::chrono::seconds(20));
  EXPECT_LT(clock_.steady_now() - ended, std::chrono::seconds(30));
}

TEST_F(Masters, do_not_wait_for_workers_that_never_got_a_slot) {
  crew_.slots = 3;  // the master and two
  std::chrono::steady_clock::time_point ended;
  once_all_run([&] {
    for (const std::string& id : crew_.alive())
      if (crew_.task(id).state == batch::TaskState::running) crew_.end(id, 0);
    crew_.end(crew_.master(), 0);
    ended = clock_.steady_now();
  });
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->succeeded());
  EXPECT_LT(clock_.steady_now() - ended, std::chrono::seconds(10));
}

TEST_F(Masters, that_start_anew_get_workers_that_know_their_new_place) {
  std::vector<std::string> old;
  bool moved = false;
  between = [&](int) {
    if (!moved && crew_.alive().size() == 3) {
      old = crew_.alive();
      crew_.requeue(crew_.master());
      node_ = "node2";
      crew_.printed = "hostname node2\naddress 10.0.0.2\nport 4004\n";
      moved = true;
    } else if (moved && crew_.alive() != old) {
      succeed_when_all_run();
    }
  };
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->succeeded());
  EXPECT_THAT(crew_.terminated, testing::UnorderedElementsAreArray(old));
  EXPECT_THAT(crew_.workers(), SizeIs(6));
  for (const std::string& id : crew_.workers())
    EXPECT_EQ(crew_.environment(id, "MASTER_IP"),
              std::count(old.begin(), old.end(), id) > 0 ? "10.0.0.1" : "10.0.0.2");
  EXPECT_EQ(outcome->replaced, 0u);
}

TEST_F(Masters, may_be_left_alone_and_found_again) {
  once_all_run([&] { stop_.request_stop(); });
  const auto interrupted = run();
  ASSERT_FALSE(interrupted);
  EXPECT_EQ(interrupted.error().code, Code::cancelled);
  EXPECT_THAT(interrupted.error().message, HasSubstr("the master and its workers go on"));
  stop_ = {};
  between = nullptr;
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->succeeded());
  EXPECT_EQ(crew_.account.tasks_added, 4) << "nothing was added twice";
  EXPECT_THAT(notes_.notes, Contains(HasSubstr("the master is under way, with 3 workers")));
}

TEST_F(Masters, are_only_collected_when_they_have_ended) {
  ASSERT_TRUE(run());
  const int added = crew_.account.tasks_added;
  const auto uploads = crew_.account.uploads;
  const int pauses = pauses_;
  const auto again = run();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->succeeded());
  EXPECT_TRUE(again->known);
  EXPECT_EQ(crew_.account.tasks_added, added);
  EXPECT_EQ(crew_.account.uploads, uploads);
  EXPECT_EQ(pauses_, pauses) << "there is nothing to wait for";
}

TEST_F(Masters, have_workers_ended_that_outlived_them_unwatched) {
  once_all_run([&] { stop_.request_stop(); });
  ASSERT_FALSE(run());
  crew_.end(crew_.master(), 4);
  stop_ = {};
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_THAT(outcome->failure, HasSubstr("exit code 4"));
  EXPECT_THAT(crew_.alive(), IsEmpty());
}

TEST_F(Masters, that_failed_run_again_when_asked) {
  once_all_run([&] { crew_.end(crew_.master(), 3); });
  ASSERT_TRUE(run());
  EXPECT_EQ(run()->exit_code, 3);
  between = nullptr;
  const auto again = run(Rerun::failed);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->succeeded());
  EXPECT_EQ(again->started, 3u);
  const int added = crew_.account.tasks_added;
  EXPECT_TRUE(run(Rerun::failed)->known) << "what succeeded does not run again";
  EXPECT_EQ(crew_.account.tasks_added, added);
}

TEST_F(Masters, get_more_and_fewer_workers_while_they_run) {
  bool grown = false, shrunk = false;
  between = [&](int) {
    const auto alive = crew_.alive();
    if (!grown && alive.size() == 3) {
      ASSERT_TRUE(scale(5));
      grown = true;
    } else if (grown && !shrunk && alive.size() == 5) {
      ASSERT_TRUE(scale(1));
      shrunk = true;
    } else if (shrunk && alive.size() == 1) {
      EXPECT_THAT(alive[0], StartsWith("worker-0001-"));
      crew_.end(alive[0], 0);
      crew_.end(crew_.master(), 0);
    }
  };
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->succeeded());
  EXPECT_EQ(invariant_line(*outcome),
            "master ended with code 0; 1 workers asked, 5 started = 5 ended, 0 replaced");
  EXPECT_THAT(crew_.terminated, Each(Not(StartsWith("worker-0001-"))));
}

TEST_F(Masters, are_not_scaled_beyond_what_they_bear_nor_where_there_is_none) {
  EXPECT_THAT(scale(5).error().message, HasSubstr("JobNotFound"));
  ASSERT_TRUE(run());
  EXPECT_THAT(scale(1001).error().message, HasSubstr("must be 0 to 1000"));
  const auto scaled = scale(7);
  ASSERT_TRUE(scaled);
  EXPECT_TRUE(scaled->master_ended);
  EXPECT_EQ(scale(8)->before, 7);
  crew_.account.tasks.clear();
  EXPECT_THAT(scale(7).error().message, HasSubstr("has no master"));
}

TEST_F(Masters, end_with_a_job_that_is_ended) {
  once_all_run([&] { crew_.account.jobs.at("beo").state = batch::JobState::terminating; });
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->failure, "job beo is terminating");
  EXPECT_THAT(crew_.alive(), IsEmpty());
}

}  // namespace
}  // namespace dms::models
