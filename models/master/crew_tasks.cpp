#include "models/master/crew_tasks.h"

#include <fmt/format.h>

#include "batch/azure_batch.h"
#include "core/crypto.h"

namespace dms::models {
namespace {

// The command below dmsnode, in a shell that stops at the first error as that of a run does.
std::string announced(const MasterSpec& master) {
  if (master.prints_hostname) return master.command;
  std::string port;
  if (master.any_port) port = " --port any";
  if (master.port != 0) port = fmt::format(" --port {}", master.port);
  return fmt::format("exec \"$DMSBATCH_NODE_TOOL\" master{} -- /bin/bash -eo pipefail -c {}", port,
                     batch::shell_quote(master.command));
}

// What the study has in common for all its tasks.
Study without_crew(const Study& study) {
  Study part = study;
  part.master.reset();
  part.workers.reset();
  return part;
}

Study master_part(const Study& study) {
  Study part = without_crew(study);
  part.command = announced(*study.master);
  part.outputs = study.master->outputs;
  // dmsnode says the port to its command itself.
  if (study.master->prints_hostname && study.master->port != 0)
    part.environment_variables.emplace_back("MASTER_PORT", std::to_string(study.master->port));
  return part;
}

Study workers_part(const Study& study) {
  Study part = without_crew(study);
  part.command = study.workers->command;
  part.outputs = study.workers->outputs;
  part.results.clear();
  part.max_wall_clock.reset();  // workers end when the master does
  return part;
}

std::string identity_of(const Runs& master, const Runs& worker) {
  Sha256 sha256;
  const std::string both = master.at(0).id + '\n' + worker.at(0).id;
  sha256.update(std::string_view(both));
  return hex(sha256.finish()).substr(0, 12);
}

// The rest of the next line when it begins so; takes it away.
std::optional<std::string> take_line(std::string_view& text, std::string_view begin) {
  const std::size_t end = text.find('\n');
  if (end == text.npos || !text.starts_with(begin)) return std::nullopt;
  std::string_view rest = text.substr(begin.size(), end - begin.size());
  while (rest.ends_with('\r') || rest.ends_with(' ')) rest.remove_suffix(1);
  text.remove_prefix(end + 1);
  return std::string(rest);
}

}  // namespace

Result<std::optional<MasterPlace>> read_master_place(std::string_view printed,
                                                     const MasterSpec& master) {
  const std::size_t first_end = printed.find('\n');
  if (first_end == printed.npos) return std::optional<MasterPlace>();
  const std::string first(printed.substr(0, first_end));
  const auto name = take_line(printed, "hostname ");
  if (!name || name->empty() || name->find(' ') != name->npos)
    return fail(Code::invalid_argument,
                fmt::format("the master's first line is '{}' and not 'hostname NAME'", first));
  MasterPlace place{.hostname = *name};
  if (master.port != 0) place.port = std::to_string(master.port);
  if (master.prints_hostname) return std::optional(place);
  const auto ip = take_line(printed, "address ");
  if (!ip) return std::optional<MasterPlace>();
  place.ip = *ip;
  if (!master.any_port) return std::optional(place);
  const auto port = take_line(printed, "port ");
  if (!port) return std::optional<MasterPlace>();
  place.port = *port;
  return std::optional(place);
}

CrewTasks::CrewTasks(const Study& study, const std::string& inputs_sha256)
    : master_(master_part(study)),
      workers_(workers_part(study)),
      master_runs_(master_, inputs_sha256),
      worker_runs_(workers_, inputs_sha256),
      names_(identity_of(master_runs_, worker_runs_)) {}

batch::Task CrewTasks::master(const TaskPlace& place) const {
  Run run = master_runs_.at(0);
  run.id = names_.master();
  return make_task(run, master_, place);
}

batch::Task CrewTasks::worker(const WorkerName& name, const MasterPlace& master,
                              const TaskPlace& place) const {
  Run run = worker_runs_.at(0);
  run.id = names_.worker(name);
  run.environment.emplace_back("MASTER_HOSTNAME", master.hostname);
  run.environment.emplace_back("MASTER_IP", master.ip);
  if (!master.port.empty()) run.environment.emplace_back("MASTER_PORT", master.port);
  batch::Task task = make_task(run, workers_, place);
  if (workers_.outputs.empty()) task.output_files.clear();
  return task;
}

}  // namespace dms::models
