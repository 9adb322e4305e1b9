#include "tests/crash/workload.h"

#include <fmt/format.h>

namespace dms::crash {

using batch::TaskState;

namespace {

constexpr const char* plain_pool = "plain";
constexpr const char* linked_pool = "linked";

Error wrong(const std::string& job, std::string_view task, std::string_view what) {
  return fail(Code::internal, fmt::format("task {}/{}: {}", job, task, what));
}

std::string in_shell(const std::string& script) {
  return "/bin/sh -c " + batch::shell_quote(script);
}

batch::Task plain_task(const std::string& id, const Journal& journal, const std::string& work,
                       std::vector<std::string> after = {}) {
  return batch::create_task(id, in_shell(journal.script(work)), {.depends_on = std::move(after)});
}

}  // namespace

Status create_pools(batch::AzureBatch& batch) {
  DMS_CHECK(batch.create_pool(plain_pool, 2, {.task_slots_per_node = 2}));
  DMS_CHECK(batch.create_pool(linked_pool, 2, {.enable_inter_node_communication = true}));
  const batch::WaitOptions soon{.polling_interval = std::chrono::milliseconds(50)};
  DMS_CHECK(batch.wait_for_pool_nodes(plain_pool, soon));
  DMS_CHECK(batch.wait_for_pool_nodes(linked_pool, soon));
  return ok();
}

JobStory::JobStory(batch::AzureBatch& batch, const Journal& journal, int number)
    : batch_(batch), id_(fmt::format("{}-{}", number % 4 == 3 ? "linked" : "plain", number)) {
  if (number % 4 == 3) {
    tasks_.push_back(batch::create_task(
        "linked", in_shell(journal.script("sleep 0.05")),
        {.num_instances = 2, .coordination_command_line = in_shell("sleep 0.02")}));
    fates_["linked"] = {.exit_code = 0};
    return;
  }
  for (int i = 0; i < 5; ++i) {
    const std::string id = "chain-" + std::to_string(i);
    const std::vector<std::string> after =
        i ? std::vector{"chain-" + std::to_string(i - 1)} : std::vector<std::string>{};
    tasks_.push_back(plain_task(id, journal, "sleep 0.02", after));
    fates_[id] = {.exit_code = 0, .after = after};
  }
  tasks_.push_back(plain_task("join", journal, "true", {"left", "right"}));
  tasks_.push_back(plain_task("left", journal, "sleep 0.03", {"top"}));
  tasks_.push_back(plain_task("right", journal, "(exit 3)", {"top"}));
  tasks_.back().exit_conditions = batch::ExitConditions{
      .exit_codes = {
          {.code = 3, .exit_options = {.dependency_action = batch::DependencyAction::satisfy}}}};
  tasks_.push_back(plain_task("top", journal, "sleep 0.01"));
  fates_["top"] = {.exit_code = 0};
  fates_["left"] = {.exit_code = 0, .after = {"top"}};
  fates_["right"] = {.exit_code = 3, .after = {"top"}};
  fates_["join"] = {.exit_code = 0, .after = {"left", "right"}};
  for (int failures = 1; failures <= 2; ++failures) {
    const std::string id = "flaky-" + std::to_string(failures);
    tasks_.push_back(plain_task(id, journal, fmt::format("test $run -gt {}", failures)));
    tasks_.back().constraints = batch::TaskConstraints{.max_task_retry_count = failures};
    fates_[id] = {.exit_code = 0, .retries = failures};
  }
  tasks_.push_back(plain_task("bad", journal, "(exit 7)"));
  tasks_.push_back(plain_task("blocked", journal, "true", {"bad"}));
  fates_["bad"] = {.exit_code = 7};
  fates_["blocked"] = {};
}

Status JobStory::submit() {
  batch::Job job{.id = id_};
  job.pool_info.pool_id = tasks_.size() == 1 ? linked_pool : plain_pool;
  job.uses_task_dependencies = true;
  const Status added = batch_.create_job(job);
  // The answer to an add may have been lost with the service; sent again, it finds its own work.
  if (!added && added.error().code != Code::already_exists) return added;
  DMS_TRY(const auto outcomes, batch_.submit_tasks(id_, tasks_));
  for (const auto& outcome : outcomes)
    if (outcome.submitted == batch::Submitted::failed)
      return wrong(id_, outcome.task_id, outcome.error->message);
  return ok();
}

Status JobStory::compare(const batch::Task& before, const batch::Task& now) const {
  if (before.state != TaskState::completed) return ok();
  if (now.state != TaskState::completed)
    return wrong(id_, now.id, fmt::format("was completed and is {}", text_of(*now.state)));
  if (before.execution_info == now.execution_info) return ok();
  return wrong(id_, now.id, "was completed and has ended otherwise since");
}

Status JobStory::look() {
  std::map<std::string, batch::Task> now;
  DMS_CHECK(batch_.list_tasks(id_, {.max_results = 1000}, [&](batch::Task task) {
    const std::string id = task.id;
    now[id] = std::move(task);
    return ok();
  }));
  for (const auto& task : tasks_)
    if (!now.contains(task.id)) return wrong(id_, task.id, "was acknowledged and is not there");
  for (const auto& [id, before] : seen_) DMS_CHECK(compare(before, now[id]));
  seen_ = std::move(now);
  return ok();
}

Result<bool> JobStory::is_done(const std::string& task_id, const Fate& fate) const {
  const auto found = seen_.find(task_id);
  if (found == seen_.end()) return false;
  const batch::Task& task = found->second;
  if (!fate.exit_code) {
    if (task.state == TaskState::active) return true;
    return wrong(id_, task_id, fmt::format("is blocked and yet {}", text_of(*task.state)));
  }
  if (task.state != TaskState::completed) return false;
  const auto& info = *task.execution_info;
  if (info.exit_code != fate.exit_code)
    return wrong(id_, task_id,
                 fmt::format("ended with {} ({}), not {}", info.exit_code.value_or(-1),
                             info.failure_info ? info.failure_info->code.value_or("") : "",
                             *fate.exit_code));
  if (info.retry_count > fate.retries)
    return wrong(id_, task_id, fmt::format("was retried {} times", info.retry_count));
  for (const auto& parent : fate.after) {
    const auto end = seen_.at(parent).execution_info->end_time;
    if (!end || *end > *info.start_time)
      return wrong(id_, task_id, "started before the end of " + parent);
  }
  return true;
}

Result<bool> JobStory::is_done() const {
  bool done = true;
  for (const auto& [task_id, fate] : fates_) {
    DMS_TRY(const bool task_done, is_done(task_id, fate));
    done &= task_done;
  }
  return done;
}

Status JobStory::finish() {
  const Status terminated = batch_.terminate_job(id_, "done");
  if (!terminated && terminated.error().service_code != "JobCompleted") return terminated;
  return poll_until(system_clock(), std::chrono::minutes(1), std::chrono::milliseconds(50),
                    [&]() -> Result<bool> {
                      DMS_TRY(const batch::Job job, batch_.get_job(id_));
                      return job.state == batch::JobState::completed;
                    })
      .context("waiting for job " + id_ + " to be completed");
}

Status JobStory::check_runs(const std::map<std::string, RunsOfTask>& runs, bool agents_die) const {
  for (const auto& [task_id, fate] : fates_) {
    const auto found = runs.find(id_ + "/" + task_id);
    const RunsOfTask seen = found == runs.end() ? RunsOfTask{} : found->second;
    if (seen.overlapped) return wrong(id_, task_id, "ran twice at the same time");
    const int wanted = fate.exit_code ? fate.retries + 1 : 0;
    if (agents_die && fate.exit_code ? seen.starts < 1 : seen.starts != wanted)
      return wrong(id_, task_id, fmt::format("ran {} times, not {}", seen.starts, wanted));
  }
  return ok();
}

}  // namespace dms::crash
