// dmsbatch plan and dmsbatch validate: a study before it runs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/connection.h"
#include "cli/job_file_report.h"
#include "cli/master_report.h"
#include "cli/reachable.h"
#include "cli/sweep_report.h"
#include "core/codec.h"
#include "core/file.h"
#include "models/runs/run.h"
#include "models/runs/study_look.h"

namespace dms::cli {
namespace {

namespace fs = std::filesystem;

struct StudyArguments {
  std::string study;
  std::string template_dir;  // of a job file
  std::uint64_t runs_shown = 20;
};

struct RunJson {
  std::string task_id;
  std::string command;
  std::vector<batch::EnvironmentSetting> environment;
  template <class S = RunJson>
  static constexpr auto fields() {
    return std::tuple{required("taskId", &S::task_id), required("command", &S::command),
                      field("environment", &S::environment)};
  }
};

struct SweepPlanJson {
  std::string job_id;
  std::string pool_id;
  std::int64_t runs = 0;
  int num_hosts = 0;
  int task_slots_per_node = 0;
  std::int64_t input_files = 0;
  std::int64_t input_zip_bytes = 0;
  // Only when a service could be asked.
  std::optional<std::int64_t> known, failed, under_way, to_run;
  std::vector<std::string> why_new;
  std::string refusal;  // why the job there would not take them
  std::string offline;  // why not
  std::vector<RunJson> first_runs;
  template <class S = SweepPlanJson>
  static constexpr auto fields() {
    using P = SweepPlanJson;
    return std::tuple{required("jobId", &P::job_id),
                      required("poolId", &P::pool_id),
                      required("runs", &P::runs),
                      required("numHosts", &P::num_hosts),
                      required("taskSlotsPerNode", &P::task_slots_per_node),
                      required("inputFiles", &P::input_files),
                      required("inputZipBytes", &P::input_zip_bytes),
                      field("known", &P::known),
                      field("failed", &P::failed),
                      field("underWay", &P::under_way),
                      field("toRun", &P::to_run),
                      field("whyNew", &P::why_new),
                      field("refusal", &P::refusal),
                      field("offline", &P::offline),
                      field("firstRuns", &P::first_runs)};
  }
};

// What `run` would zip for its default folder of results, without making that folder.
Result<models::PackedInputs> pack_for_plan(const models::Study& study, const std::string& scratch) {
  return models::pack_inputs(study, fs::path(scratch) / "inputs.zip", study.job_name);
}

// What is known of the runs, when a service is there to be asked.
Result<models::StudyLook> look(const models::Runs& runs, const models::PackedInputs& inputs,
                               const Invocation& invocation) {
  DMS_TRY(Connection connection, connect_if_reachable(invocation));
  auto looked = models::look_at_study(**connection.batch, **connection.blob, runs, inputs,
                                      invocation.clock.now());
  if (!looked) return explain(std::move(looked).error(), connection.config);
  return looked;
}

void print_plan_json(const models::Runs& runs, const models::PackedInputs& inputs,
                     const Result<models::StudyLook>& looked, std::uint64_t shown) {
  const models::Study& study = runs.study();
  SweepPlanJson plan{.job_id = study.job_name,
                     .pool_id = study.pool_name,
                     .runs = static_cast<std::int64_t>(runs.size()),
                     .num_hosts = study.num_hosts,
                     .task_slots_per_node = study.task_slots_per_node,
                     .input_files = static_cast<std::int64_t>(inputs.files),
                     .input_zip_bytes = static_cast<std::int64_t>(inputs.zip_bytes)};
  if (looked) {
    plan.known = static_cast<std::int64_t>(looked->known);
    plan.failed = static_cast<std::int64_t>(looked->failed);
    plan.under_way = static_cast<std::int64_t>(looked->under_way);
    plan.to_run = static_cast<std::int64_t>(looked->to_run);
    plan.why_new = looked->why;
    plan.refusal = looked->refusal;
  } else {
    plan.offline = looked.error().message;
  }
  for (std::uint64_t index = 0; index < shown; ++index) {
    models::Run run = runs.at(index);
    RunJson json{.task_id = run.id, .command = run.command};
    for (auto& [name, value] : run.environment)
      json.environment.push_back({.name = name, .value = value});
    plan.first_runs.push_back(std::move(json));
  }
  fmt::print("{}\n", encode(plan));
}

void print_plan(const models::Runs& runs, const models::PackedInputs& inputs,
                const Result<models::StudyLook>& looked, std::uint64_t shown) {
  for (const std::string& line : plan_lines(runs.study(), inputs)) fmt::print("{}\n", line);
  for (const std::string& line : look_lines(looked)) fmt::print("{}\n", line);
  for (std::uint64_t index = 0; index < shown; ++index) {
    const models::Run run = runs.at(index);
    fmt::print("{}\n", run.id);
    const std::vector<std::string>& names = runs.study().space.names();
    std::string line = "  ";
    for (std::size_t at = 0; at < names.size(); ++at)
      line += fmt::format("{}={} ", names[at], batch::shell_quote(run.values[at]));
    fmt::print("{}{}\n", line, run.command);
  }
  if (shown < runs.size()) fmt::print("… and {} more\n", runs.size() - shown);
}

void print_crew_plan(const models::Study& study, const models::PackedInputs& inputs,
                     Output output) {
  const models::CrewTasks tasks(study, inputs.identity());
  if (output == Output::json) {
    fmt::print("{}\n", crew_plan_json(study, tasks));
    return;
  }
  for (const std::string& line : plan_lines(study, inputs)) fmt::print("{}\n", line);
  for (const std::string& line : crew_lines(study, tasks)) fmt::print("{}\n", line);
}

Status plan_in(const StudyArguments& arguments, const Invocation& invocation,
               const std::string& scratch) {
  DMS_TRY(const models::Study study, models::load_study(arguments.study));
  DMS_TRY(const models::PackedInputs inputs, pack_for_plan(study, scratch));
  if (study.master) {
    print_crew_plan(study, inputs, invocation.output());
    return ok();
  }
  const models::Runs runs(study, inputs.identity());
  const auto looked = look(runs, inputs, invocation);
  // Not being able to ask is no error; being refused is.
  if (!looked && looked.error().code != Code::unavailable && looked.error().code != Code::timeout)
    return looked.error();
  const std::uint64_t shown = std::min(arguments.runs_shown, runs.size());
  if (invocation.json)
    print_plan_json(runs, inputs, looked, shown);
  else
    print_plan(runs, inputs, looked, shown);
  return ok();
}

Status plan(const StudyArguments& arguments, const Invocation& invocation) {
  if (models::is_job_file(fs::path(arguments.study)))
    return plan_job_file(arguments.study, arguments.template_dir, arguments.runs_shown, invocation);
  DMS_TRY(const std::string scratch, make_temp_directory("dmsbatch-"));
  Status planned = plan_in(arguments, invocation, scratch);
  std::error_code ignored;
  fs::remove_all(scratch, ignored);
  return planned;
}

Status validate(const StudyArguments& arguments, const Invocation& invocation) {
  if (models::is_job_file(fs::path(arguments.study)))
    return validate_job_file(arguments.study, arguments.template_dir, invocation);
  DMS_TRY(const models::Study study, models::load_study(arguments.study));
  if (invocation.json)
    fmt::print("{{\"valid\":true,\"jobId\":\"{}\",\"runs\":{}}}\n", study.job_name,
               study.space.size());
  else
    fmt::print("{} is valid: job {}, {}\n", arguments.study, study.job_name, what_runs(study));
  return ok();
}

using StudyWork = Status (*)(const StudyArguments&, const Invocation&);

CLI::App* add(CLI::App& app, Invocation& invocation, const char* name, const char* description,
              StudyWork work, const std::shared_ptr<StudyArguments>& arguments) {
  auto* command = app.add_subcommand(name, description);
  command->add_option("study", arguments->study, "The study's file.")
      ->required()
      ->type_name("STUDY");
  command->add_flag("--json", invocation.json, "Write JSON.");
  command->callback([arguments, work, &invocation] {
    invocation.command = [arguments, work, &invocation] {
      const Status done = work(*arguments, invocation);
      if (!done) print_error(done.error());
      return done ? exit_ok : exit_failed;
    };
  });
  return command;
}

void add_template_dir(CLI::App& command, StudyArguments& arguments) {
  command
      .add_option("--template-dir", arguments.template_dir,
                  "Of a job file: a folder of templates of your own.")
      ->type_name("DIR");
}

}  // namespace

void add_study_commands(CLI::App& app, Invocation& invocation) {
  auto plan_arguments = std::make_shared<StudyArguments>();
  auto* planned =
      add(app, invocation, "plan",
          "Show what a study would run: its pool, its inputs, its runs, and which of them "
          "are new and why. Nothing is changed; no service is needed.",
          plan, plan_arguments);
  planned->add_option("--runs", plan_arguments->runs_shown, "How many runs to show (20).")
      ->type_name("N");
  planned->add_option("--config", invocation.config_file, "The configuration to ask with.")
      ->type_name("FILE");
  planned->footer(
      "When the account of the configuration answers, or the local service runs, it is asked "
      "which\n"
      "runs are known already: \"812 known, 188 to run\", and what makes those new.\n\n"
      "Example:\n  dmsbatch plan study.yml --runs 3");
  add_template_dir(*planned, *plan_arguments);
  auto valid_arguments = std::make_shared<StudyArguments>();
  auto* valid = add(app, invocation, "validate",
                    "Check the file of a study, or a job file: exit code 0 when it can be run.",
                    validate, valid_arguments);
  add_template_dir(*valid, *valid_arguments);
}

}  // namespace dms::cli
