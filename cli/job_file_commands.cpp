// dmsbatch submit-job, create-pool and migrate: job files.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/interrupts.h"
#include "cli/job_file_report.h"
#include "core/file.h"
#include "core/log.h"
#include "models/job_file/migrate.h"

namespace dms::cli {
namespace {

struct JobFileArguments {
  std::string file;
  std::string pool_name;
  std::string template_dir;
  std::string resume;
  std::string log_level = "INFO";
  bool wait = false;
};

constexpr const char* submit_footer =
    R"(A job file names a template, an account, a container, and a command; docs/job-files.md
tells its keys. What is submitted goes on without this program. Below jobs/JOB/ in the
container are then the job file, and a folder per task: its scripts, stdout.txt, stderr.txt.

Examples:
  dmsbatch submit-job --file tides.yml                   a new pool, which ends when idle
  dmsbatch submit-job --file tides.yml --pool-name lab   a pool that is there
  dmsbatch submit-job --file tides.yml --wait            ends with the job, 1 when a task failed
  dmsbatch submit-job --file tides.yml --resume JOB      what a broken submission left out

Which account: --config FILE or DMSBATCH_CONFIG; else the file's own account, when the environment
has BATCH_ACCOUNT_KEY and STORAGE_ACCOUNT_KEY; else the service on this machine.
Exit codes: 0 every task was taken (with --wait: and succeeded), 1 not so, 130 interrupted.)";

Status set_level(const std::string& word) {
  static const std::map<std::string, LogLevel> levels{{"DEBUG", LogLevel::debug},
                                                      {"INFO", LogLevel::info},
                                                      {"WARNING", LogLevel::warn},
                                                      {"ERROR", LogLevel::error},
                                                      {"CRITICAL", LogLevel::error}};
  std::string upper = word;
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  const auto level = levels.find(upper);
  if (level == levels.end())
    return fail(
        Code::invalid_argument,
        fmt::format("--log-level is DEBUG, INFO, WARNING, ERROR or CRITICAL, not '{}'", word));
  set_log_level(level->second);
  return ok();
}

Result<models::JobFile> load(const JobFileArguments& arguments, const Invocation& invocation) {
  DMS_CHECK(set_level(arguments.log_level));
  DMS_TRY(models::JobFile job,
          models::load_job_file(arguments.file, {.template_dir = arguments.template_dir,
                                                 .now = invocation.clock.now()}));
  if (log_level() <= LogLevel::info) print_notes(job);
  return job;
}

// Waits for the tasks and tells how they ended.
Result<bool> wait_for(batch::AzureBatch& batch, const models::SubmittedJob& submitted,
                      std::FILE* stream, std::stop_token stop) {
  batch::WaitOptions options{.limit = std::chrono::hours(24 * 365)};
  int shown = -1;
  options.watch = [&](const batch::TaskCounts& counts) {
    if (counts.completed != shown)
      fmt::print(stream, "{} of {} tasks have ended, {} failed\n", counts.completed,
                 submitted.tasks, counts.failed);
    shown = counts.completed;
    return true;
  };
  DMS_TRY(const batch::TasksEnded ended,
          batch.wait_for_tasks_to_complete(submitted.job_id, options, stop));
  if (ended.all_succeeded()) return true;
  constexpr int most = 10;
  int told = 0;
  DMS_CHECK(batch.list_tasks(
      submitted.job_id,
      {.filter = "executionInfo/result eq 'failure'", .select = {"id", "executionInfo"}},
      [&](const batch::Task& task) {
        if (++told > most) return ok();
        const auto& info = task.execution_info;
        fmt::print(stream, "failed: {} (exit code {}): dmsbatch task logs {} {} --stderr\n",
                   task.id, info && info->exit_code ? std::to_string(*info->exit_code) : "none",
                   submitted.job_id, task.id);
        return ok();
      }));
  return false;
}

Result<bool> submit(const JobFileArguments& arguments, const Invocation& invocation,
                    std::stop_token stop) {
  DMS_TRY(models::JobFile job, load(arguments, invocation));
  DMS_TRY(Connection connection, connect_for(job, invocation, stop));
  std::FILE* stream = invocation.json ? stderr : stdout;
  models::JobSubmitter submitter(**connection.batch, **connection.blob, invocation.clock,
                                 [&](std::string_view line) { fmt::print(stream, "{}\n", line); });
  auto submitted = submitter.submit(
      job,
      {.pool_name = arguments.pool_name, .resume = arguments.resume, .where = where_is(connection)},
      stop);
  if (!submitted) return explain(std::move(submitted).error(), connection.config);
  fmt::print(stream, "job {} has {} task{} on pool {}\n", submitted->job_id, submitted->tasks,
             submitted->tasks == 1 ? "" : "s", submitted->pool_id);
  fmt::print(stream, "files: dmsbatch blob list {} jobs/{}/\n", job.storage_container_name,
             submitted->job_id);
  bool succeeded = true;
  if (arguments.wait) {
    DMS_TRY(succeeded, wait_for(**connection.batch, *submitted, stream, stop));
  }
  if (invocation.json)
    fmt::print("{{\"jobId\":\"{}\",\"poolId\":\"{}\",\"tasks\":{},\"added\":{},\"existed\":{}}}\n",
               submitted->job_id, submitted->pool_id, submitted->tasks, submitted->added,
               submitted->existed);
  return succeeded;
}

int run_submit(const JobFileArguments& arguments, const Invocation& invocation) {
  Interrupts interrupts;
  const auto done = submit(arguments, invocation, interrupts.token());
  if (done) return *done ? exit_ok : exit_failed;
  print_error(done.error());
  return interrupts.token().stop_requested() ? exit_interrupted : exit_failed;
}

Status create_pool(const JobFileArguments& arguments, const Invocation& invocation) {
  DMS_TRY(models::JobFile job, load(arguments, invocation));
  DMS_TRY(Connection connection, connect_for(job, invocation, {}));
  models::JobSubmitter submitter(**connection.batch, **connection.blob, invocation.clock,
                                 [](std::string_view) {});
  auto pool_id =
      submitter.create_pool(job, {.pool_name = arguments.pool_name, .where = where_is(connection)});
  if (!pool_id) return explain(std::move(pool_id).error(), connection.config);
  if (invocation.json)
    fmt::print("{{\"poolId\":\"{}\"}}\n", *pool_id);
  else
    fmt::print("pool {} created\n", *pool_id);
  return ok();
}

int run_create_pool(const JobFileArguments& arguments, const Invocation& invocation) {
  const Status done = create_pool(arguments, invocation);
  if (!done) print_error(done.error());
  return done ? exit_ok : exit_failed;
}

CLI::App* add_command(CLI::App& app, Invocation& invocation, const char* name,
                      const char* description, const std::shared_ptr<JobFileArguments>& arguments,
                      int (*work)(const JobFileArguments&, const Invocation&)) {
  auto* command = app.add_subcommand(name, description);
  command->add_option("--file", arguments->file, "The job file.")->required()->type_name("FILE");
  command
      ->add_option("--template-dir", arguments->template_dir,
                   "A folder of templates of your own, each a folder; they win over those of "
                   "this program.")
      ->type_name("DIR");
  command->add_option("--log-level", arguments->log_level, "DEBUG, INFO, WARNING, ERROR, CRITICAL.")
      ->type_name("LEVEL");
  add_client_options(*command, invocation);
  command->callback([arguments, work, &invocation] {
    invocation.command = [arguments, work, &invocation] { return work(*arguments, invocation); };
  });
  return command;
}

void add_submit_job(CLI::App& app, Invocation& invocation) {
  auto arguments = std::make_shared<JobFileArguments>();
  auto* command = add_command(app, invocation, "submit-job",
                              "Submit a job file, in the format of the Python dmsbatch.", arguments,
                              run_submit);
  command->footer(submit_footer);
  auto* pool = command
                   ->add_option("--pool-name", arguments->pool_name,
                                "A pool that is there, instead of a new one.")
                   ->type_name("POOL");
  command
      ->add_option("--resume", arguments->resume,
                   "A job that an earlier submission left without some of its tasks.")
      ->type_name("JOB")
      ->excludes(pool);
  command->add_flag("--wait", arguments->wait, "Wait until all tasks have ended.");
}

void add_create_pool(CLI::App& app, Invocation& invocation) {
  auto arguments = std::make_shared<JobFileArguments>();
  auto* command = add_command(app, invocation, "create-pool", "Create the pool of a job file.",
                              arguments, run_create_pool);
  command
      ->add_option("--pool-name", arguments->pool_name,
                   "Its id; by default the file's pool_name and the time.")
      ->type_name("POOL");
}

Status migrate(const std::string& file, const std::string& output, const std::string& templates,
               const Invocation& invocation) {
  DMS_TRY(const models::JobFile job,
          models::load_job_file(file, {.template_dir = templates, .now = invocation.clock.now()}));
  print_notes(job);
  const std::filesystem::path study = output.empty() ? job.file : std::filesystem::path(output);
  DMS_TRY(const std::string text, models::migrate_job_file(job, study));
  if (output.empty()) {
    fmt::print("{}", text);
    return ok();
  }
  std::error_code ignored;
  if (std::filesystem::exists(output, ignored))
    return fail(Code::already_exists, output + " is there already: it is not overwritten");
  DMS_CHECK(write_file_atomic(output, text));
  fmt::print("{} is a study: dmsbatch run {}\n", output, output);
  return ok();
}

void add_migrate(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand(
      "migrate", "Rewrite a job file as a study, which runs and collects by one command.");
  struct Arguments {
    std::string file, output, templates;
  };
  auto arguments = std::make_shared<Arguments>();
  command->add_option("file", arguments->file, "The job file.")->required()->type_name("FILE");
  command->add_option("-o,--output", arguments->output, "The study; standard output by default.")
      ->type_name("STUDY");
  command->add_option("--template-dir", arguments->templates, "A folder of templates of your own.")
      ->type_name("DIR");
  command->callback([arguments, &invocation] {
    invocation.command = [arguments, &invocation] {
      const Status done =
          migrate(arguments->file, arguments->output, arguments->templates, invocation);
      if (!done) print_error(done.error());
      return done ? exit_ok : exit_failed;
    };
  });
}

}  // namespace

void add_job_file_commands(CLI::App& app, Invocation& invocation) {
  add_submit_job(app, invocation);
  add_create_pool(app, invocation);
  add_migrate(app, invocation);
  // Names that users of the Python tool know.
  auto* schism =
      app.add_subcommand("schism", "The same commands, as the Python dmsbatch has them.");
  schism->require_subcommand(1);
  add_submit_job(*schism, invocation);
  add_create_pool(*schism, invocation);
  add_python_names(app, *schism, invocation);
}

}  // namespace dms::cli
