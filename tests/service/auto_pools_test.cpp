// Pools that the service makes for jobs and schedules. World: tests/service/world.h.
#include "service/core/auto_pools.h"

#include "service/core/schedules.h"
#include "service/core/secrets.h"
#include "tests/service/world.h"

namespace dms::service {
namespace {

using batch::AutoPoolSpecification;
using batch::JobState;
using batch::PoolLifetimeOption;
using batch::PoolState;
using std::chrono::milliseconds;
using std::chrono::minutes;

class AutoPools : public CoreTest {
 protected:
  static AutoPoolSpecification specification(PoolLifetimeOption lifetime) {
    AutoPoolSpecification wanted;
    wanted.auto_pool_id_prefix = "pre";
    wanted.pool_lifetime_option = lifetime;
    wanted.pool.emplace();
    wanted.pool->vm_size = "small";
    wanted.pool->target_dedicated_nodes = 1;
    return wanted;
  }
  std::string add_job(const AutoPoolSpecification& wanted, const std::string& id = "j") {
    batch::Job wire;
    wire.id = id;
    wire.pool_info.auto_pool_specification = wanted;
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      return service::add_job(core, out, wire, now);
    }));
  }
  std::string patch(const AutoPoolSpecification& wanted) {
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      return patch_job(core, out, world.job(), {.pool_info = batch::PoolInfo{{}, wanted}}, now);
    }));
  }
  // A schedule "s" with a job every ten minutes.
  void add_schedule(const AutoPoolSpecification& wanted) {
    batch::JobSchedule wire;
    wire.id = "s";
    wire.schedule = batch::Schedule{.recurrence_interval = *Duration::parse("PT10M")};
    wire.job_specification.pool_info.auto_pool_specification = wanted;
    ASSERT_EQ(code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
                return add_job_schedule(core, out, wire, now);
              })),
              "");
  }
  void change_schedule(Status (*change)(Core&, Effects&, JobScheduleRecord&, Timestamp)) {
    ASSERT_TRUE(world.act([&](Core& core, Effects& out, Timestamp now) {
      return change(core, out, core.job_schedules.at({"s"}), now);
    }));
  }
  // Ends a schedule's job and lets its successor begin.
  void next_job(const std::string& ended) {
    world.terminate_job(ended);
    world.settle();
    world.pass(minutes(10));
    world.settle();
  }
  std::string pool_of(const std::string& job) {
    return world.job(job).wire.execution_info->pool_id.value_or("");
  }
  // The ids of the pools that are not on their way out.
  Words pools() {
    Words found;
    for (const auto& [id, pool] : world.core.pools)
      if (pool.wire.state == PoolState::active) found.push_back(id.text);
    return found;
  }
};

TEST_F(AutoPools, are_made_with_their_job_and_run_its_tasks) {
  ASSERT_EQ(add_job(specification(PoolLifetimeOption::job)), "");
  const std::string pool = pool_of("j");
  ASSERT_EQ(pools(), Words{pool});
  ASSERT_EQ(pool.size(), 4u + 36u) << pool;
  EXPECT_TRUE(pool.starts_with("pre_"));
  EXPECT_EQ(pool.substr(4).find_first_not_of("0123456789ABCDEF-"), std::string::npos) << pool;
  EXPECT_EQ(world.job().wire.pool_info.auto_pool_specification->keep_alive, false);
  world.settle();
  world.add_task("t1");
  EXPECT_EQ(world.starts(), Words{"t1"});
  world.end_run("t1");
  EXPECT_EQ(world.state("t1"), batch::TaskState::completed);
}

TEST_F(AutoPools, without_a_prefix_have_a_guid_for_a_name) {
  auto wanted = specification(PoolLifetimeOption::job);
  wanted.auto_pool_id_prefix.reset();
  ASSERT_EQ(add_job(wanted), "");
  EXPECT_EQ(pool_of("j").size(), 36u);
  EXPECT_EQ(pool_of("j")[8], '-');
}

TEST_F(AutoPools, go_when_their_job_completes_and_not_before) {
  ASSERT_EQ(add_job(specification(PoolLifetimeOption::job)), "");
  world.settle();
  world.add_task("t1");
  const std::string pool = pool_of("j");
  world.terminate_job("j");
  world.tick();
  EXPECT_EQ(pools(), Words{pool}) << "t1 is still there";
  world.answer_end("t1");
  world.tick();
  EXPECT_EQ(world.job().wire.state, JobState::completed);
  EXPECT_EQ(pools(), Words{});
  world.settle();
  EXPECT_TRUE(world.core.pools.empty());
  EXPECT_EQ(pool_of("j"), pool) << "the job still tells where it ran";
}

TEST_F(AutoPools, go_when_their_job_is_deleted) {
  ASSERT_EQ(add_job(specification(PoolLifetimeOption::job)), "");
  world.settle();
  world.delete_job("j");
  world.settle();
  EXPECT_TRUE(world.core.jobs.empty());
  EXPECT_TRUE(world.core.pools.empty());
}

TEST_F(AutoPools, that_are_kept_alive_outlive_their_job) {
  auto wanted = specification(PoolLifetimeOption::job);
  wanted.keep_alive = true;
  ASSERT_EQ(add_job(wanted), "");
  const std::string pool = pool_of("j");
  world.settle();
  world.terminate_job("j");
  world.settle();
  EXPECT_EQ(pools(), Words{pool});
  world.delete_job("j");
  world.settle();
  EXPECT_EQ(pools(), Words{pool});
}

TEST_F(AutoPools, that_somebody_deleted_do_not_hold_up_their_job) {
  ASSERT_EQ(add_job(specification(PoolLifetimeOption::job)), "");
  world.settle();
  EXPECT_EQ(world.delete_pool(pool_of("j")), "");
  world.settle();
  world.terminate_job("j");
  world.settle();
  EXPECT_EQ(world.job().wire.state, JobState::completed);
}

TEST_F(AutoPools, that_cannot_be_made_end_their_job_with_a_scheduling_error) {
  auto wanted = specification(PoolLifetimeOption::job);
  wanted.pool->task_slots_per_node = 1000;
  ASSERT_EQ(add_job(wanted), "") << "the job is taken: its pool is made afterwards";
  EXPECT_EQ(world.job().wire.state, JobState::terminating);
  EXPECT_TRUE(world.core.pools.empty());
  world.settle();
  EXPECT_EQ(world.job().wire.state, JobState::completed);
  const auto& info = *world.job().wire.execution_info;
  ASSERT_TRUE(info.scheduling_error);
  EXPECT_EQ(info.scheduling_error->category, batch::ErrorCategory::user_error);
  EXPECT_EQ(info.scheduling_error->code, "InvalidAutoPoolSettings");
  EXPECT_NE(info.scheduling_error->message->find("taskSlotsPerNode"), std::string::npos)
      << *info.scheduling_error->message;
  EXPECT_FALSE(info.pool_id);
  EXPECT_FALSE(info.terminate_reason);
  EXPECT_TRUE(info.end_time);
  world.restart();
  EXPECT_EQ(world.job().wire.execution_info->scheduling_error->code, "InvalidAutoPoolSettings");
}

TEST_F(AutoPools, are_refused_where_their_specification_makes_no_sense) {
  const auto code = [&](auto change) {
    auto wanted = specification(PoolLifetimeOption::job);
    change(wanted);
    return add_job(wanted, "x");
  };
  using Spec = AutoPoolSpecification;
  EXPECT_EQ(code([](Spec& s) { s.auto_pool_id_prefix = std::string(21, 'a'); }),
            "InvalidPropertyValue");
  EXPECT_EQ(code([](Spec& s) { s.auto_pool_id_prefix = "a b"; }), "InvalidPropertyValue");
  EXPECT_EQ(code([](Spec& s) { s.pool.reset(); }), "MissingRequiredProperty");
  EXPECT_EQ(code([](Spec& s) { s.pool_lifetime_option = PoolLifetimeOption::job_schedule; }),
            "InvalidPropertyValue")
      << "that is for schedules";
  EXPECT_TRUE(world.core.jobs.empty());
  EXPECT_TRUE(world.core.pools.empty());
  EXPECT_EQ(code([](Spec& s) { s.auto_pool_id_prefix = std::string(20, 'a'); }), "");
}

TEST_F(AutoPools, may_be_kept_alive_later_and_change_in_nothing_else) {
  auto wanted = specification(PoolLifetimeOption::job);
  ASSERT_EQ(add_job(wanted), "");
  world.settle();
  const std::string pool = pool_of("j");
  auto other = wanted;
  other.pool->target_dedicated_nodes = 2;
  EXPECT_EQ(patch(other), "InvalidPropertyValue");
  wanted.keep_alive = true;
  EXPECT_EQ(patch(wanted), "");
  world.restart();
  world.hello_all();
  world.terminate_job("j");
  world.settle();
  EXPECT_EQ(pools(), Words{pool});
}

TEST_F(AutoPools, keep_their_secrets_from_those_who_look) {
  auto wanted = specification(PoolLifetimeOption::job);
  wanted.pool->user_accounts = {{.name = "u", .password = "hunter2"}};
  wanted.pool->user_accounts[0].linux_user_configuration =
      batch::LinuxUserConfiguration{.uid = 7, .ssh_private_key = "hunter2"};
  ASSERT_EQ(add_job(wanted), "");
  add_schedule(wanted);
  const std::string shown =
      encode(show_job(world.core, world.job())) +
      encode(show_pool(world.core, world.pool(pool_of("j")))) +
      encode(show_job_schedule(world.core, world.core.job_schedules.at({"s"})));
  EXPECT_EQ(shown.find("hunter2"), std::string::npos) << shown;
  EXPECT_NE(shown.find("\"uid\":7"), std::string::npos) << shown;
  EXPECT_EQ(world.pool(pool_of("j")).wire.user_accounts[0].password, std::nullopt) << "not kept";
  auto read_back = *show_job(world.core, world.job()).pool_info.auto_pool_specification;
  read_back.keep_alive = true;
  EXPECT_EQ(patch(read_back), "") << "nothing else is changed";
}

TEST(Secrets, of_mounts_and_registries_are_taken_out) {
  batch::Pool pool;
  auto& mounts = pool.mount_configuration;
  mounts.resize(3);
  mounts[0].azure_blob_file_system_configuration =
      batch::AzureBlobFileSystemConfiguration{.account_key = "hunter2", .sas_key = "hunter2"};
  mounts[1].cifs_mount_configuration = batch::CifsMountConfiguration{.password = "hunter2"};
  mounts[2].azure_file_share_configuration =
      batch::AzureFileShareConfiguration{.account_key = "hunter2"};
  pool.virtual_machine_configuration.emplace().container_configuration.emplace();
  pool.virtual_machine_configuration->container_configuration->container_registries = {
      {.username = "u", .password = "hunter2"}};
  hide_secrets(pool);
  const std::string text = encode(pool);
  EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
  EXPECT_NE(text.find("\"username\":\"u\""), std::string::npos) << text;
}

TEST_F(AutoPools, are_made_once_whatever_restarts) {
  ASSERT_EQ(add_job(specification(PoolLifetimeOption::job)), "");
  const std::string pool = pool_of("j");
  world.restart();
  world.settle();
  EXPECT_EQ(pools(), Words{pool});
  EXPECT_EQ(pool_of("j"), pool);
  world.terminate_job("j");
  world.restart();
  world.settle();
  EXPECT_EQ(world.job().wire.state, JobState::completed);
  EXPECT_TRUE(world.core.pools.empty());
}

TEST_F(AutoPools, of_the_lifetime_of_a_job_are_made_for_each_job_of_a_schedule) {
  add_schedule(specification(PoolLifetimeOption::job));
  world.settle();
  const std::string first = pool_of("s:job-1");
  next_job("s:job-1");
  EXPECT_NE(pool_of("s:job-2"), first);
  EXPECT_EQ(pools(), Words{pool_of("s:job-2")});
}

TEST_F(AutoPools, of_the_lifetime_of_a_schedule_serve_all_its_jobs_and_go_with_it) {
  add_schedule(specification(PoolLifetimeOption::job_schedule));
  world.settle();
  const std::string pool = pool_of("s:job-1");
  next_job("s:job-1");
  EXPECT_EQ(pool_of("s:job-2"), pool);
  world.restart();
  world.hello_all();
  next_job("s:job-2");
  EXPECT_EQ(pool_of("s:job-3"), pool) << "a restart forgets it not";
  EXPECT_EQ(pools(), Words{pool});
  change_schedule(terminate_job_schedule);
  world.settle();
  EXPECT_TRUE(world.core.pools.empty());
}

TEST_F(AutoPools, of_a_schedule_go_when_it_is_deleted) {
  add_schedule(specification(PoolLifetimeOption::job_schedule));
  world.settle();
  change_schedule(delete_job_schedule);
  world.settle();
  EXPECT_TRUE(world.core.job_schedules.empty());
  EXPECT_TRUE(world.core.pools.empty());
}

TEST_F(AutoPools, of_a_schedule_may_be_kept_alive) {
  auto wanted = specification(PoolLifetimeOption::job_schedule);
  wanted.keep_alive = true;
  add_schedule(wanted);
  world.settle();
  const std::string pool = pool_of("s:job-1");
  change_schedule(terminate_job_schedule);
  world.settle();
  EXPECT_EQ(pools(), Words{pool});
}

TEST_F(AutoPools, of_a_schedule_that_somebody_deleted_are_made_anew_for_the_next_job) {
  add_schedule(specification(PoolLifetimeOption::job_schedule));
  world.settle();
  const std::string pool = pool_of("s:job-1");
  EXPECT_EQ(world.delete_pool(pool), "");
  next_job("s:job-1");
  EXPECT_NE(pool_of("s:job-2"), pool);
  EXPECT_EQ(pools(), Words{pool_of("s:job-2")});
}

TEST_F(AutoPools, that_cannot_be_made_end_each_job_of_their_schedule) {
  auto wanted = specification(PoolLifetimeOption::job_schedule);
  wanted.pool->target_dedicated_nodes = 5000;
  add_schedule(wanted);
  world.settle();
  EXPECT_EQ(world.job("s:job-1").wire.state, JobState::completed);
  EXPECT_TRUE(world.job("s:job-1").wire.execution_info->scheduling_error);
  EXPECT_EQ(world.core.job_schedules.at({"s"}).wire.state, batch::JobScheduleState::active);
  world.pass(minutes(10));
  world.settle();
  EXPECT_TRUE(world.job("s:job-2").wire.execution_info->scheduling_error);
}

}  // namespace
}  // namespace dms::service
