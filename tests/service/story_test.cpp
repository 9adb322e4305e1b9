// A whole study through AzureBatch and the local service in one process: the client's own waits,
// the engine's own threads, agents that answer whenever the client looks.
#include <fstream>

#include "batch/azure_batch.h"
#include "tests/service/batch_fixture.h"

namespace dms::service {
namespace {

class Story : public ::testing::Test {
 protected:
  static constexpr const char* base = "http://127.0.0.1:1";

  Story() {
    engine.start();
    batch::CountsWatcher watch = [this](const batch::TaskCounts&) {
      play();
      return true;
    };
    options.limit = std::chrono::seconds(60);
    options.polling_interval = std::chrono::milliseconds(20);
    options.watch = std::move(watch);
  }
  ~Story() override { engine.stop(); }

  static Core fresh_core(const TempDirectory& directory) {
    Core core;
    core.account = "acct";
    core.base_url = base;
    core.nodes_dir = directory.path().string();
    return core;
  }

  // Each run prints the name of its task; those called "bad…" fail.
  void play() {
    host.end_all([this](const NodeKey& key, const agent::RunSpec& spec) {
      const std::string task =
          directory / (key.pool.text + "/" + key.node.text + "/" + spec.task_directory);
      std::filesystem::create_directories(task + "/wd");
      std::ofstream(task + "/stdout.txt") << "I am " << spec.run.task_id << "\n";
      agent::RunEnd end;
      end.exit_code = spec.run.task_id.starts_with("bad") ? 3 : 0;
      if (end.exit_code != 0)
        end.failure_info =
            batch::FailureInfo{batch::ErrorCategory::user_error, "FailureExitCode", "no", {}};
      return end;
    });
  }

  TempDirectory directory;
  std::unique_ptr<Store> store = memory_store();
  FakeAgentHost host;
  Engine engine{fresh_core(directory), *store, host, system_clock()};
  BatchService service{{test_key(), base, directory.path().string()}, engine, system_clock()};
  RouterTransport door{service};
  Signed transport{door, test_key(), Protocol::batch, system_clock()};
  batch::AzureBatch azure{*Url::parse(base), transport, system_clock()};
  batch::WaitOptions options;
};

TEST_F(Story, a_study_runs_from_pool_to_results) {
  const auto created = azure.create_pool("p", 2, {.task_slots_per_node = 4});
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_TRUE(*created);
  EXPECT_FALSE(*azure.create_pool("p", 2));
  EXPECT_TRUE(*azure.exists_pool("p"));
  EXPECT_FALSE(*azure.exists_pool("q"));
  host.hello_all();
  const auto nodes = azure.wait_for_pool_nodes("p", options);
  ASSERT_TRUE(nodes) << nodes.error().message;
  EXPECT_EQ(nodes->size(), 2u);

  batch::Job job;
  job.id = "study";
  job.pool_info.pool_id = "p";
  ASSERT_TRUE(azure.create_job(job));
  std::vector<batch::Task> tasks(250);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    tasks[i].id = (i == 7 ? "bad-" : "run-") + std::to_string(i);
    tasks[i].command_line = "true";
  }
  auto outcomes = azure.submit_tasks("study", tasks);
  ASSERT_TRUE(outcomes) << outcomes.error().message;
  for (const auto& outcome : *outcomes) EXPECT_EQ(outcome.submitted, batch::Submitted::added);
  outcomes = azure.submit_tasks("study", tasks);
  ASSERT_TRUE(outcomes);
  for (const auto& outcome : *outcomes) EXPECT_EQ(outcome.submitted, batch::Submitted::existed);
  ASSERT_TRUE(azure.mark_job_termination_on_task_completion("study"));

  const auto ended = azure.wait_for_tasks_to_complete("study", options);
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(ended->counts.succeeded, 249);
  EXPECT_EQ(ended->counts.failed, 1);
  std::vector<std::string> failed;
  ASSERT_TRUE(azure.list_tasks(
      "study", {.filter = "executionInfo/result eq 'failure'", .select = {"id", "executionInfo"}},
      [&](batch::Task task) {
        failed.push_back(task.id);
        EXPECT_EQ(task.execution_info->exit_code, 3);
        return ok();
      }));
  EXPECT_EQ(failed, (std::vector<std::string>{"bad-7"}));
  int listed = 0;
  ASSERT_TRUE(azure.list_tasks("study", {.max_results = 33}, [&](const batch::Task&) {
    ++listed;
    return ok();
  }));
  EXPECT_EQ(listed, 250);

  const auto text = azure.read_task_file_as_string("study", "run-12", "stdout.txt");
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, "I am run-12\n");
  EXPECT_EQ(
      *azure.read_task_file_as_string("study", "run-12", "stdout.txt", {.offset = 5, .length = 3}),
      "run");
  EXPECT_EQ(*azure.read_task_file_as_string("study", "run-12", "stdout.txt", {.offset = 12}), "");
  EXPECT_EQ(azure.get_task_file_info("study", "run-12", "stdout.txt")->size, 12u);

  ASSERT_TRUE(poll_until(system_clock(), std::chrono::seconds(30), std::chrono::milliseconds(20),
                         [&]() -> Result<bool> {
                           DMS_TRY(const batch::Job now, azure.get_job("study"));
                           return now.state == batch::JobState::completed;
                         }));
  ASSERT_TRUE(azure.delete_job("study"));
  ASSERT_TRUE(azure.wait_for_job_delete("study", options));
  ASSERT_TRUE(azure.delete_pool("p"));
  ASSERT_TRUE(poll_until(system_clock(), std::chrono::seconds(30), std::chrono::milliseconds(20),
                         [&]() -> Result<bool> {
                           host.bury_retired();
                           DMS_TRY(const bool there, azure.exists_pool("p"));
                           return !there;
                         }));
  EXPECT_FALSE(engine.is_busy());
  ASSERT_TRUE(poll_until(system_clock(), std::chrono::seconds(30), std::chrono::milliseconds(20),
                         [&]() -> Result<bool> { return host.acknowledged() == 250; }));
}

TEST_F(Story, errors_arrive_as_the_service_means_them) {
  const auto missing = azure.get_job("none");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::not_found);
  EXPECT_EQ(missing.error().service_code, "JobNotFound");
  batch::Job job;
  job.id = "j";
  job.pool_info.pool_id = "p";
  ASSERT_TRUE(azure.create_job(job));
  const Status again = azure.create_job(job);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::already_exists);
  Signed stranger(door, {"acct", std::string(64, 'x')}, Protocol::batch, system_clock());
  batch::AzureBatch other(*Url::parse(base), stranger, system_clock());
  EXPECT_EQ(other.get_job("j").error().code, Code::permission);
}

}  // namespace
}  // namespace dms::service
