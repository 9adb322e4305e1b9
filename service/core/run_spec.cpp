#include "service/core/run_spec.h"

#include "service/core/node_tasks.h"
#include "service/core/packages.h"
#include "service/core/show_task.h"
#include "service/core/tasks.h"

namespace dms::service {

namespace {

using Environment = std::vector<batch::EnvironmentSetting>;

// Later settings of a name win, as task settings win over the job's.
void set(Environment& environment, std::string_view name, std::string value) {
  for (auto& setting : environment)
    if (setting.name == name) {
      setting.value = std::move(value);
      return;
    }
  environment.push_back({std::string(name), std::move(value)});
}

void set_all(Environment& environment, const Environment& settings) {
  for (const auto& setting : settings) set(environment, setting.name, setting.value.value_or(""));
}

// Source: "Azure Batch runtime environment variables".
Environment node_environment(const Core& core, const PoolRecord& pool, const NodeRecord& node) {
  const std::string root = node_root(core, {pool.id(), node.id()});
  Environment environment;
  set(environment, "AZ_BATCH_ACCOUNT_NAME", core.account);
  set(environment, "AZ_BATCH_ACCOUNT_URL", core.base_url + "/");
  set(environment, "AZ_BATCH_POOL_ID", pool.wire.id);
  set(environment, "AZ_BATCH_NODE_ID", node.wire.id);
  set(environment, "AZ_BATCH_NODE_IS_DEDICATED",
      node.wire.is_dedicated.value_or(true) ? "true" : "false");
  set(environment, "AZ_BATCH_NODE_ROOT_DIR", root);
  set(environment, "AZ_BATCH_NODE_SHARED_DIR", root + "/shared");
  set(environment, "AZ_BATCH_NODE_STARTUP_DIR", root + "/startup");
  set(environment, "AZ_BATCH_NODE_MOUNTS_DIR", root + "/fsmounts");
  // All nodes are on one machine, which no command of the system tells apart.
  set(environment, "DMSBATCH_NODE_IP", node.wire.ip_address.value_or(""));
  // The Python dmsbatch's scripts read this older name.
  set(environment, "AZ_BATCH_MOUNTS_DIR", root + "/fsmounts");
  set_package_variables(environment, root, node.packages);
  return environment;
}

void set_task_directory(Environment& environment, const std::string& directory) {
  set(environment, "AZ_BATCH_TASK_DIR", directory);
  set(environment, "AZ_BATCH_TASK_WORKING_DIR", directory + "/wd");
}

// What every task of a job finds, preparation and release included.
Environment job_environment(const Core& core, const JobRecord& job, const NodeKey& key,
                            const std::string& task_id) {
  const PoolRecord& pool = core.pools.at(key.pool);
  Environment environment = node_environment(core, pool, pool.nodes.at(key.node));
  set(environment, "AZ_BATCH_JOB_ID", job.wire.id);
  set(environment, "AZ_BATCH_TASK_ID", task_id);
  set_task_directory(environment, node_root(core, key) + "/" + task_directory(job.id(), {task_id}));
  return environment;
}

void set_preparation_directory(Environment& environment, const Core& core, const JobRecord& job,
                               const NodeKey& key) {
  if (!job.wire.job_preparation_task) return;
  const std::string directory =
      node_root(core, key) + "/" + task_directory(job.id(), {*job.wire.job_preparation_task->id});
  set(environment, "AZ_BATCH_JOB_PREP_DIR", directory);
  set(environment, "AZ_BATCH_JOB_PREP_WORKING_DIR", directory + "/wd");
}

std::optional<Duration> limit_of(const std::optional<Duration>& limit) {
  return limit && !limit->is_unlimited() ? limit : std::nullopt;
}

}  // namespace

Result<agent::RunSpec> run_spec_of_task(const Core& core, const JobRecord& job,
                                        const TaskRecord& task, const NodeKey& key) {
  DMS_TRY(auto wire, spec_of(task));
  DMS_TRY(const auto packages, resolve_packages(core, wire.application_package_references));
  agent::RunSpec spec;
  spec.run = run_ref(job, task);
  spec.task_directory = task_directory(job.id(), task.id);
  spec.command_line = std::move(wire.command_line);
  spec.environment = job_environment(core, job, key, task.id.text);
  set_preparation_directory(spec.environment, core, job, key);
  set_package_variables(spec.environment, node_root(core, key), packages);
  spec.packages = packages_of_run(packages);
  set_all(spec.environment, job.wire.common_environment_settings);
  set_all(spec.environment, wire.environment_settings);
  spec.resource_files = std::move(wire.resource_files);
  spec.output_files = std::move(wire.output_files);
  if (wire.constraints) spec.max_wall_clock_time = limit_of(wire.constraints->max_wall_clock_time);
  return spec;
}

agent::RunSpec run_spec_of_start_task(const Core& core, const PoolRecord& pool,
                                      const NodeRecord& node, int attempt, int retry_count) {
  const batch::StartTask& start = *node.wire.start_task;
  agent::RunSpec spec;
  spec.run = {.kind = agent::RunKind::start_task,
              .task_id = "startup",
              .incarnation = node.boot_process_id,
              .attempt = attempt,
              .retry_count = retry_count,
              .required_slots = 0};
  spec.task_directory = "startup";
  spec.command_line = start.command_line;
  spec.environment = node_environment(core, pool, node);
  set_task_directory(spec.environment,
                     node_root(core, {pool.id(), node.id()}) + "/" + spec.task_directory);
  set_all(spec.environment, start.environment_settings);
  spec.resource_files = start.resource_files;
  return spec;
}

agent::RunRef node_task_ref(const JobRecord& job, agent::RunKind kind, const NodeTask& task) {
  const bool prepares = kind == agent::RunKind::preparation;
  return {.kind = kind,
          .job_id = job.wire.id,
          .task_id = prepares ? *job.wire.job_preparation_task->id : *job.wire.job_release_task->id,
          .incarnation = incarnation_of(job),
          .attempt = task.attempt,
          .retry_count = task.retry_count,
          .required_slots = 0};
}

agent::RunSpec run_spec_of_node_task(const Core& core, const JobRecord& job, const NodeKey& key,
                                     agent::RunKind kind, const NodeTask& task) {
  agent::RunSpec spec;
  spec.run = node_task_ref(job, kind, task);
  spec.task_directory = task_directory(job.id(), {spec.run.task_id});
  spec.environment = job_environment(core, job, key, spec.run.task_id);
  if (kind == agent::RunKind::release) set_preparation_directory(spec.environment, core, job, key);
  set_all(spec.environment, job.wire.common_environment_settings);
  const auto fill = [&](const auto& wire) {
    spec.command_line = wire.command_line;
    set_all(spec.environment, wire.environment_settings);
    spec.resource_files = wire.resource_files;
  };
  if (kind == agent::RunKind::preparation) {
    fill(*job.wire.job_preparation_task);
    if (const auto& constraints = job.wire.job_preparation_task->constraints)
      spec.max_wall_clock_time = limit_of(constraints->max_wall_clock_time);
  } else {
    fill(*job.wire.job_release_task);
    spec.max_wall_clock_time = limit_of(job.wire.job_release_task->max_wall_clock_time);
  }
  return spec;
}

}  // namespace dms::service
