// dmsbatch job: the jobs of the account, one per study.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/connection.h"
#include "cli/listing.h"
#include "cli/verb.h"

namespace dms::cli {
namespace {

Status list_jobs(Connection& connection, const Invocation& invocation,
                 const std::vector<std::string>&) {
  Listing listing(invocation.output(),
                  {{"JOB", 32}, {"STATE", 11}, {"POOL", 24}, {"CREATED (UTC)", 0}});
  DMS_CHECK((*connection.batch)->list_jobs({}, [&](const batch::Job& job) {
    listing.add(encode(job), {job.id, word_or_empty(job.state), job.pool_info.pool_id.value_or(""),
                              time_or_empty(job.creation_time)});
    return ok();
  }));
  listing.finish();
  return ok();
}

Status show_job(Connection& connection, const Invocation& invocation,
                const std::vector<std::string>& operands) {
  const std::string& id = operands[0];
  DMS_TRY(const batch::Job job, (*connection.batch)->get_job(id));
  DMS_TRY(const auto answer, (*connection.batch)->get_task_counts(id));
  const batch::TaskCounts& counts = answer.task_counts;
  if (invocation.json) {
    fmt::print("{{\"job\":{},\"taskCounts\":{}}}\n", encode(job), encode(answer));
    return ok();
  }
  print_fact("job", job.id);
  print_fact("state", word_or_empty(job.state));
  print_fact("pool", job.pool_info.pool_id.value_or(""));
  print_fact("created", time_or_empty(job.creation_time));
  print_fact("tasks", fmt::format("{} waiting, {} running, {} succeeded, {} failed", counts.active,
                                  counts.running, counts.succeeded, counts.failed));
  if (job.execution_info) {
    print_fact("ended", time_or_empty(job.execution_info->end_time));
    print_fact("because", job.execution_info->terminate_reason.value_or(""));
  }
  return ok();
}

Status remove_job(Connection& connection, const Invocation& invocation,
                  const std::vector<std::string>& operands) {
  const std::string& id = operands[0];
  DMS_CHECK((*connection.batch)->delete_job(id));
  DMS_CHECK((*connection.batch)->wait_for_job_delete(id));
  if (invocation.json)
    fmt::print("{{\"deleted\":\"{}\"}}\n", id);
  else
    fmt::print("job {} is deleted, with its tasks; results in storage stay\n", id);
  return ok();
}

}  // namespace

void add_job_command(CLI::App& app, Invocation& invocation) {
  auto* noun = app.add_subcommand("job", "The jobs: each holds the runs of a study.");
  noun->require_subcommand(1);
  noun->footer(
      "Examples:\n  dmsbatch job list\n  dmsbatch job show melt\n"
      "  dmsbatch job delete melt      with its tasks, running ones too");
  add_verb(*noun, invocation, {"list", "List all jobs.", {}}, list_jobs);
  add_verb(*noun, invocation,
           {"show",
            "Show a job and how many of its tasks are in which state.",
            {{"JOB", "The job's id."}}},
           show_job);
  add_verb(*noun, invocation,
           {"delete",
            "Delete a job with its tasks and wait until it is gone.",
            {{"JOB", "The job's id."}}},
           remove_job);
}

}  // namespace dms::cli
