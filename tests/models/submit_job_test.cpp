#include "models/job_file/submit_job.h"

#include "models/place/signature_lifetime.h"
#include "tests/models/fake_account.h"
#include "tests/models/job_file_fixture.h"

namespace dms::models {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class Submissions : public JobFiles {
 protected:
  Result<SubmittedJob> submit(const std::string& text, const SubmitJobOptions& options = {}) {
    auto job = parse(text);
    if (!job) return job.error();
    batch::AzureBatch batch(*Url::parse("http://batch.test"), account_, clock_);
    const blob::BlobAccount blob_account{.endpoint = *Url::parse("http://blob.test/account"),
                                         .key = SharedKey{"account", "key"}};
    blob::AzureBlob blob(blob_account, account_, clock_);
    JobSubmitter submitter(batch, blob, clock_, [](std::string_view) {});
    return submitter.submit(*job, options);
  }

  FakeAccount account_;
  FakeClock clock_;
};

const std::string many = small + "command: run {task_id}\ntask_ids: range(1050)\n";

TEST_F(Submissions, all_tasks_are_there_before_the_job_may_end) {
  int patches = 0;
  account_.fault = [&](const Request& request) {
    if (request.method == "PATCH") {
      ++patches;
      EXPECT_THAT(account_.tasks, SizeIs(1050));
      EXPECT_THAT(request.body, HasSubstr("terminatejob"));
    }
    return ok();
  };
  const auto done = submit(many);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->added, 1050);
  EXPECT_EQ(patches, 1);
}

TEST_F(Submissions, one_that_was_cut_off_is_gone_on_with) {
  int requests = 0;
  account_.fault = [&](const Request& request) -> Status {
    if (request.url.path.ends_with("addtaskcollection") && ++requests > 10)
      return fail(Code::unavailable, "the network is gone");
    return ok();
  };
  const auto broken = submit(many);
  ASSERT_FALSE(broken);
  ASSERT_THAT(account_.jobs, SizeIs(1));
  const std::string job_id = account_.jobs.begin()->first;
  EXPECT_THAT(broken.error().message, HasSubstr("--resume " + job_id));
  const std::size_t before = account_.tasks.size();
  EXPECT_LT(before, 1050);
  EXPECT_GT(before, 0);

  account_.fault = {};
  const auto done = submit(many, {.resume = job_id});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->existed, before);
  EXPECT_EQ(done->added, 1050 - before);
  EXPECT_THAT(account_.tasks, SizeIs(1050));
  EXPECT_THAT(account_.jobs, SizeIs(1));
  EXPECT_THAT(account_.pools, SizeIs(1));
}

TEST_F(Submissions, the_file_and_a_common_script_are_uploaded_once) {
  const auto done = submit(small + "command: run $N\nsweep: {N: [1, 2, 3]}\n");
  ASSERT_TRUE(done) << done.error().message;
  const std::string folder = "studies/jobs/" + done->job_id;
  EXPECT_THAT(account_.blobs[folder + "/job.yml"], HasSubstr("command: run $N"));
  EXPECT_THAT(account_.blobs[folder + "/application_command.sh"], HasSubstr("run $N\n"));
  EXPECT_EQ(account_.uploads[folder + "/application_command.sh"], 1);
  const batch::Task& task = account_.tasks.begin()->second;
  EXPECT_THAT(task.command_line, testing::Not(HasSubstr("run $N")));
  EXPECT_EQ(task.resource_files.back().file_path, ".dmsbatch/application_command.sh");
}

TEST_F(Submissions, a_script_with_a_signature_is_kept_out_of_storage) {
  const auto done = submit(small + "command: azcopy copy 'https://x?{sas}' .\ntask_ids: [1, 2]\n");
  ASSERT_TRUE(done) << done.error().message;
  for (const auto& [name, content] : account_.blobs)
    EXPECT_THAT(content, testing::Not(HasSubstr("sig="))) << name;
  const batch::Task& task = account_.tasks.begin()->second;
  EXPECT_THAT(task.command_line, HasSubstr("sig="));
  EXPECT_THAT(task.output_files, SizeIs(1));
  // No task can delete what others left.
  EXPECT_THAT(task.command_line, HasSubstr("sp=racwl"));
}

TEST_F(Submissions, every_task_arrives_however_many_there_are) {
  for (const int count : {1, 40, 99, 100, 101, 149, 250, 1001}) {
    account_.tasks.clear();
    const auto done =
        submit(small + "command: run {task_id}\ntask_ids: range(" + std::to_string(count) + ")\n");
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->added, count);
    EXPECT_THAT(account_.tasks, SizeIs(count));
  }
}

TEST_F(Submissions, signatures_last_as_long_as_tasks_may_wait_and_run) {
  const auto ends = [&](const std::string& limits) {
    account_.tasks.clear();
    const auto done = submit(small + "command: c\n" + limits);
    EXPECT_TRUE(done) << done.error().message;
    const std::string& url =
        account_.tasks.begin()->second.output_files.at(0).destination.container->container_url;
    return signed_until(url).value().at - std::chrono::floor<std::chrono::seconds>(clock_.now().at);
  };
  EXPECT_EQ(ends(""), std::chrono::days(14));
  EXPECT_EQ(ends("max_wall_clock: 20d\nmax_task_retry_count: 1\n"), std::chrono::days(14 + 40));
}

TEST_F(Submissions, a_pool_that_is_named_must_be_there) {
  const auto missing = submit(small + "command: c\n", {.pool_name = "lab"});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("create-pool --file job.yml --pool-name lab"));
  account_.pools["lab"] = {.id = "lab"};
  const auto done = submit(small + "command: echo {pool_name}\n", {.pool_name = "lab"});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(done->job_id, testing::StartsWith("lab_job_"));
  EXPECT_THAT(account_.pools, SizeIs(1));
  EXPECT_THAT(account_.tasks.begin()->second.command_line, HasSubstr("echo lab\n"));
}

TEST_F(Submissions, a_pool_on_which_no_task_over_several_nodes_would_start_is_refused) {
  const std::string text = small + "num_hosts: 3\nmpi_command: mpirun ./wave\n";
  batch::Pool pool{.id = "lab"};
  pool.task_slots_per_node = 1;
  pool.target_dedicated_nodes = 2;
  account_.pools["lab"] = pool;
  const auto refusal = [&] { return submit(text, {.pool_name = "lab"}).error().message; };
  EXPECT_THAT(refusal(), HasSubstr("without communication between its nodes"));
  account_.pools["lab"].enable_inter_node_communication = true;
  EXPECT_THAT(refusal(), HasSubstr("has 2 nodes and a run needs 3"));
  account_.pools["lab"].target_dedicated_nodes = 3;
  const auto done = submit(text, {.pool_name = "lab"});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(account_.tasks.begin()->second.multi_instance_settings->number_of_instances, 3);
}

TEST_F(Submissions, this_machine_says_what_it_cannot_run) {
  const auto container = submit("template_name: dvsm_container\njob_name: j\ncommand: c\n",
                                {.where = Where::this_machine});
  ASSERT_FALSE(container);
  EXPECT_THAT(container.error().message, HasSubstr("runs in a container"));
  const auto windows =
      submit("template_name: win_dsm2\njob_name: j\ncommand: c\n", {.where = Where::this_machine});
  ASSERT_FALSE(windows);
  EXPECT_THAT(windows.error().message, HasSubstr("Windows"));
  EXPECT_THAT(account_.pools, SizeIs(0));
}

TEST_F(Submissions, a_job_may_stay_open) {
  bool patched = false;
  account_.fault = [&](const Request& request) {
    patched = patched || request.method == "PATCH";
    return ok();
  };
  ASSERT_TRUE(submit(small + "command: c\nauto_terminate: false\n"));
  EXPECT_FALSE(patched);
}

}  // namespace
}  // namespace dms::models
