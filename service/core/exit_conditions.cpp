#include "service/core/exit_conditions.h"

#include <algorithm>

#include "batch/errors.h"

namespace dms::service {

using batch::DependencyAction;
using batch::ExitConditions;
using batch::ExitOptions;
using batch::JobAction;

namespace {

const ExitOptions* options_of_code(const ExitConditions& conditions, int code) {
  for (const auto& mapping : conditions.exit_codes)
    if (mapping.code == code) return &mapping.exit_options;
  for (const auto& range : conditions.exit_code_ranges)
    if (range.start <= code && code <= range.end) return &range.exit_options;
  return nullptr;
}

// The command never ran: its files or its program could not be had.
bool failed_before_command(const agent::RunEnd& end) {
  return !end.exit_code &&
         (end.ended_by == agent::EndedBy::itself || end.ended_by == agent::EndedBy::wall_clock);
}

// A command that ran has an exit code; what went wrong after it was the upload of its files.
bool failed_in_upload(const agent::RunEnd& end) {
  return end.exit_code && end.ended_by == agent::EndedBy::itself && end.failure_info &&
         end.failure_info->code != "FailureExitCode";
}

const ExitOptions* options_of(const ExitConditions& conditions, const agent::RunEnd& end) {
  if (end.exit_code)
    if (const auto* options = options_of_code(conditions, *end.exit_code)) return options;
  if (!end.failure_info) return nullptr;
  if (failed_before_command(end) && conditions.pre_processing_error)
    return &*conditions.pre_processing_error;
  if (failed_in_upload(end) && conditions.file_upload_error) return &*conditions.file_upload_error;
  return conditions.otherwise ? &*conditions.otherwise : nullptr;
}

template <class Use>
Status for_each_options(const ExitConditions& conditions, Use use) {
  for (const auto& mapping : conditions.exit_codes)
    DMS_CHECK(use("exitCodes", mapping.exit_options));
  for (const auto& range : conditions.exit_code_ranges)
    DMS_CHECK(use("exitCodeRanges", range.exit_options));
  if (conditions.pre_processing_error)
    DMS_CHECK(use("preProcessingError", *conditions.pre_processing_error));
  if (conditions.file_upload_error)
    DMS_CHECK(use("fileUploadError", *conditions.file_upload_error));
  if (conditions.otherwise) DMS_CHECK(use("default", *conditions.otherwise));
  return ok();
}

Error refusal(std::string_view member, std::string_view reason) {
  return batch::invalid_property("exitConditions." + std::string(member), {}, reason);
}

}  // namespace

ExitDecision decide_exit(const std::optional<ExitConditions>& conditions,
                         const agent::RunEnd& end) {
  const bool succeeded = !end.failure_info;
  ExitDecision decision{succeeded ? JobAction::none : JobAction::terminate, succeeded};
  const ExitOptions* options = conditions ? options_of(*conditions, end) : nullptr;
  if (!options) return decision;
  if (options->job_action) decision.job_action = *options->job_action;
  if (options->dependency_action)
    decision.satisfies = *options->dependency_action == DependencyAction::satisfy;
  return decision;
}

Status check_exit_conditions(const batch::Job& job, const ExitConditions& conditions) {
  for (const auto& range : conditions.exit_code_ranges)
    if (range.start > range.end)
      return refusal("exitCodeRanges", "the range from " + std::to_string(range.start) + " to " +
                                           std::to_string(range.end) + " is empty");
  const bool performs =
      job.on_task_failure == batch::OnTaskFailure::perform_exit_options_job_action;
  const bool depends = job.uses_task_dependencies.value_or(false);
  return for_each_options(conditions, [&](std::string_view member, const ExitOptions& options) {
    if (options.job_action && !performs)
      return Status(
          refusal(member, "jobAction needs a job with onTaskFailure performexitoptionsjobaction"));
    if (options.dependency_action && !depends)
      return Status(refusal(member, "dependencyAction needs a job with usesTaskDependencies"));
    return ok();
  });
}

}  // namespace dms::service
