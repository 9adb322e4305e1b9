#include "models/runs/mpi_task.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "batch/azure_batch.h"
#include "models/study/mpi.h"

namespace dms::models {
namespace {

using batch::shell_quote;

constexpr std::string_view tool = ".dmsbatch/dmsnode";
constexpr std::string_view inputs_zip = ".dmsbatch/inputs.zip";
constexpr std::string_view outputs_zip = ".dmsbatch/outputs.zip";

// What is the same on all hosts of a task, or what a program that starts MPI ranks prepares.
constexpr std::array common_variables{"PATH",
                                      "LD_LIBRARY_PATH",
                                      "OMP_NUM_THREADS",
                                      "AZ_BATCH_JOB_ID",
                                      "AZ_BATCH_POOL_ID",
                                      "AZ_BATCH_TASK_ID",
                                      "AZ_BATCH_TASK_SHARED_DIR",
                                      "AZ_BATCH_NODE_SHARED_DIR",
                                      "AZ_BATCH_HOST_LIST"};

std::vector<std::string> forwarded_variables(const Run& run, const MpiKeys& keys) {
  std::vector<std::string> names(common_variables.begin(), common_variables.end());
  for (const auto& [name, value] : run.environment) names.push_back(name);
  names.insert(names.end(), keys.environment.begin(), keys.environment.end());
  return names;
}

std::string exports(const Run& run, const MpiKeys& keys) {
  std::string text =
      "export PATH=\"$AZ_BATCH_TASK_SHARED_DIR/.dmsbatch:$PATH\"\n"
      "export DMSBATCH_NODE_TOOL=\"$AZ_BATCH_TASK_SHARED_DIR/.dmsbatch/dmsnode\"\n"
      "export DMSBATCH_MPIRUN='dmsnode mpirun'\n"
      "export DMSBATCH_HOSTFILE=\"$AZ_BATCH_TASK_SHARED_DIR/.dmsbatch/hostfile\"\n";
  text += fmt::format("export DMSBATCH_MPI={}\n", keys.implementation);
  text +=
      fmt::format("export DMSBATCH_MPI_ENVIRONMENT={}\n",
                  shell_quote(fmt::format("{}", fmt::join(forwarded_variables(run, keys), ","))));
  if (keys.ranks_per_host > 0)
    text += fmt::format("export DMSBATCH_RANKS_PER_HOST={}\n", keys.ranks_per_host);
  return text;
}

std::string quoted(const std::vector<std::string>& patterns) {
  std::string text;
  for (const std::string& pattern : patterns) text += ' ' + shell_quote(pattern);
  return text;
}

// What a command that failed has left is brought as far as the other hosts still answer.
std::string gathering(const std::vector<std::string>& outputs) {
  return fmt::format(
      "rm -rf hosts\n"
      "if [ $code = 0 ]; then dmsnode gather hosts --{0} || code=$?\n"
      "else timeout 60 dmsnode gather hosts --{0} || true; fi\n"
      "also=; [ ! -d hosts ] || also=hosts\n",
      quoted(outputs));
}

}  // namespace

std::string coordination_script(const Run& run, const TaskPlace& place,
                                const std::vector<AppPackage>& packages) {
  std::string script = package_lines(packages) +
                       "cd \"$AZ_BATCH_TASK_SHARED_DIR\" && mkdir -p .dmsbatch wd || exit\n";
  if (place.prepared) script += fmt::format("ln -sfn {} {} || exit\n", prepared_tool(place), tool);
  // A run without outputs: what it packs is none.
  script += fmt::format("cd wd && exec ../{} run .dmsbatch/none.zip{} -- {}\n", tool,
                        input_options(place, "../" + std::string(inputs_zip)),
                        shell_quote(template_lines(run.templates) + run.coordination));
  return script;
}

std::string mpi_script(const Run& run, const Study& study) {
  const bool all = study.mpi->outputs == MpiKeys::Outputs::all && !run.outputs.empty();
  std::string script =
      "cd \"$AZ_BATCH_TASK_SHARED_DIR/wd\" || exit\n"
      "mkdir -p .dmsbatch && rm -f " +
      std::string(outputs_zip) + "\n" + package_lines(study.app_packages) +
      exports(run, *study.mpi) + "dmsnode hostfile \"$DMSBATCH_HOSTFILE\" || exit $?\n";
  script += fmt::format("/bin/bash -eo pipefail -c {}\ncode=$?\n", shell_quote(run.command));
  if (all) script += gathering(run.outputs);
  script += "lenient=; [ $code = 0 ] || lenient=--optional\n";
  script += fmt::format(
      "dmsnode zip $lenient --also stdout.txt=../stdout.txt --also stderr.txt=../stderr.txt -- "
      "{}{}{}\n",
      outputs_zip, quoted(run.outputs), all ? " $also" : "");
  script += "packed=$?; [ $code = 0 ] || exit $code; exit $packed";
  return script;
}

void make_mpi_task(const Run& run, const Study& study, const TaskPlace& place, batch::Task& task) {
  task.command_line = "/bin/bash -c " + shell_quote(mpi_script(run, study));
  task.resource_files.clear();
  batch::MultiInstanceSettings& instances = task.multi_instance_settings.emplace();
  instances.number_of_instances = hosts_per_run(study);
  instances.coordination_command_line =
      "/bin/bash -c " + shell_quote(coordination_script(run, place, study.app_packages));
  if (place.prepared) return;
  instances.common_resource_files.push_back(fetch(place.tool_url, tool, "0755"));
  if (!place.inputs_url.empty())
    instances.common_resource_files.push_back(fetch(place.inputs_url, inputs_zip, "0644"));
}

Status check_pool_for_mpi(const batch::Pool& pool, int hosts) {
  const auto refuse = [&](const std::string& why) {
    return fail(Code::conflict,
                fmt::format("pool {} {}, so no run of the mpi_command would ever start there: name "
                            "another pool_name, or delete the pool (dmsbatch pool delete {})",
                            pool.id, why, pool.id));
  };
  if (!pool.enable_inter_node_communication.value_or(false))
    return refuse("was made without communication between its nodes");
  if (const int slots = pool.task_slots_per_node.value_or(1); slots != 1)
    return refuse(fmt::format("has {} slots on each node and not one", slots));
  const std::optional<int> nodes = pools::most_nodes(pool);
  if (nodes && *nodes < hosts)
    return refuse(fmt::format("has {} nodes and a run needs {}", *nodes, hosts));
  return ok();
}

}  // namespace dms::models
