// dmsbatch run: a study from its file to its results.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/connection.h"
#include "cli/interrupts.h"
#include "cli/master_report.h"
#include "cli/sweep_report.h"
#include "models/runs/sweep_runner.h"

namespace dms::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* run_description = "Run a study and bring its results back.";

constexpr const char* run_footer =
    R"(Every combination of the study's parameters is a run, on the pool that the study asks for.

The inputs are zipped and uploaded once, and unpacked once on each node. Each run gets a copy
in its working directory and its parameters as environment variables; what it leaves is
brought back. At the end there are

  results.zip   a folder per run, named after its task: the outputs, stdout.txt, stderr.txt
  results.csv   a row per run: parameters, task id, exit code, wall seconds, result columns

Run it again after an interruption, with more values in the sweep, or when it is done: runs
that have ended are not run again, nor are those that succeeded in another job. A run is
known by its command, parameters, environment, outputs and the content of its inputs; when
one of these changes, it is a new run. dmsbatch plan tells beforehand what is new and why.

Examples:
  dmsbatch run study.yml
  dmsbatch run study.yml --out /data/melt-2    results go there
  dmsbatch run study.yml --retry-failed        what failed runs again
  dmsbatch run study.yml --fresh               everything runs again

A study:
  job_name: melt
  inputs: .                                # the folder of this file
  command: lmp -in in.melt -log log.lammps
  sweep:
    LJ_T:   {linspace: [0.5, 3.0, 6]}      # six values from 0.5 to 3.0
    LJ_RHO: [0.7, 0.8, 0.9, 1.0]
    SEED:   {range: [1, 20]}               # 1, 2, … 20; a third number is the step
  outputs: [result.txt, log.lammps]
  results:
    t_end: {file: result.txt, regex: 'Tend (\S+)'}
  num_hosts: 1                             # nodes of the pool
  task_slots_per_node: 2                   # runs at once on each

A study may have a master and workers instead of a sweep, as PEST has: see docs/masters.md.

Ctrl-C leaves the runs going; the same command picks them up again.
Exit codes: 0 every run succeeded, 1 not every run did, 130 interrupted.)";

struct RunArguments {
  std::string study;
  std::string out;
  bool fresh = false;
  bool retry_failed = false;

  models::Rerun rerun() const {
    if (fresh) return models::Rerun::all;
    return retry_failed ? models::Rerun::failed : models::Rerun::none;
  }
};

bool is_on_this_machine(const Config& config) {
  const auto url = Url::parse(config.batch_account_url);
  return url && (url->host == "localhost" || url->host == "[::1]" || url->host.starts_with("127."));
}

// What is told of a study at its end.
struct Ending {
  std::vector<std::string> lines;
  std::string json;
  bool succeeded = false;
};

struct Parts {
  const models::Study& study;
  const models::PackedInputs& inputs;
  const models::NodeTool& tool;
  const models::OutFolder& out;
  models::Rerun rerun;
};

Result<Ending> run_sweep(const Parts& parts, Connection& connection, Terminal& terminal,
                         Clock& clock, std::stop_token stop) {
  SweepReport report(terminal, clock);
  models::SweepRunner runner(**connection.batch, **connection.blob, clock, report);
  DMS_TRY(const auto outcome, runner.run({.study = parts.study,
                                          .inputs = parts.inputs,
                                          .tool = parts.tool,
                                          .out = parts.out,
                                          .options = {.rerun = parts.rerun}},
                                         stop));
  return Ending{outcome_lines(outcome), outcome_json(parts.study, outcome), outcome.succeeded()};
}

Result<Ending> run_master(const Parts& parts, Connection& connection, Terminal& terminal,
                          Clock& clock, std::stop_token stop) {
  MasterReport report(terminal);
  models::MasterRunner runner(**connection.batch, **connection.blob, clock, report);
  DMS_TRY(const auto outcome, runner.run({.study = parts.study,
                                          .inputs = parts.inputs,
                                          .tool = parts.tool,
                                          .out = parts.out,
                                          .rerun = parts.rerun},
                                         stop));
  return Ending{outcome_lines(outcome), outcome_json(outcome), outcome.succeeded()};
}

Result<Ending> run_study(const RunArguments& arguments, const Invocation& invocation,
                         const models::Study& study, Terminal& terminal, std::stop_token stop) {
  DMS_TRY(const models::NodeTool tool, models::find_node_tool());
  const fs::path wanted = arguments.out.empty() ? study.job_name : arguments.out;
  DMS_TRY(const models::OutFolder out, models::OutFolder::open(wanted));
  DMS_TRY(const models::PackedInputs inputs,
          models::pack_inputs(study, out.scratch() / "inputs.zip", out.path(), stop));
  for (const std::string& line : plan_lines(study, inputs)) terminal.line(line);
  DMS_TRY(Connection connection, connect(invocation, Accounts::both, stop));
  const auto run = study.master ? run_master : run_sweep;
  auto ending =
      run({.study = study, .inputs = inputs, .tool = tool, .out = out, .rerun = arguments.rerun()},
          connection, terminal, invocation.clock, stop);
  if (!ending) return explain(std::move(ending).error(), connection.config);
  if (!is_on_this_machine(connection.config))
    terminal.line(fmt::format("pool {0} stays, and its nodes cost: dmsbatch pool delete {0}",
                              study.pool_name));
  return ending;
}

int run(const RunArguments& arguments, const Invocation& invocation) {
  // With --json the standard output is for the one document at the end.
  std::FILE* stream = invocation.json ? stderr : stdout;
  Interrupts interrupts;
  Terminal terminal(stream, kind_of(stream), invocation.clock);
  const auto study = models::load_study(arguments.study);
  if (!study) {
    print_error(study.error());
    return exit_failed;
  }
  auto ending = run_study(arguments, invocation, *study, terminal, interrupts.token());
  terminal.end_status();
  if (!ending && (ending.error().code == Code::cancelled || interrupts.token().stop_requested())) {
    terminal.line(fmt::format("interrupted: {}", ending.error().message));
    terminal.line("what was submitted goes on; run the same command again to pick it up");
    return exit_interrupted;
  }
  if (!ending) {
    print_error(ending.error());
    return exit_failed;
  }
  for (const std::string& line : ending->lines) terminal.line(line);
  if (invocation.json) fmt::print("{}\n", ending->json);
  return ending->succeeded ? exit_ok : exit_failed;
}

}  // namespace

void add_run_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("run", run_description);
  command->footer(run_footer);
  auto arguments = std::make_shared<RunArguments>();
  command->add_option("study", arguments->study, "The study's file.")
      ->required()
      ->type_name("STUDY");
  command
      ->add_option("--out", arguments->out,
                   "Where results.zip and results.csv go; by default a folder with the job's name "
                   "here.")
      ->type_name("DIR");
  auto* fresh = command->add_flag("--fresh", arguments->fresh,
                                  "Run everything again; inputs in storage are not sent again.");
  command
      ->add_flag("--retry-failed", arguments->retry_failed,
                 "Run again what failed, keep what succeeded.")
      ->excludes(fresh);
  add_client_options(*command, invocation);
  command->callback([arguments, &invocation] {
    invocation.command = [arguments, &invocation] { return run(*arguments, invocation); };
  });
}

}  // namespace dms::cli
