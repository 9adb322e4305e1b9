// dmsbatch task: the tasks of a job, one per run.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/connection.h"
#include "cli/listing.h"
#include "cli/verb.h"
#include "core/codec.h"

namespace dms::cli {
namespace {

// What became of a task in a word: its result once it has ended.
std::string state_of(const batch::Task& task) {
  if (task.execution_info && task.execution_info->result)
    return *task.execution_info->result == batch::TaskResult::success ? "succeeded" : "failed";
  return word_or_empty(task.state);
}

std::string seconds_of(const batch::Task& task) {
  if (!task.execution_info || !task.execution_info->start_time || !task.execution_info->end_time)
    return "";
  const auto span = task.execution_info->end_time->at - task.execution_info->start_time->at;
  return fmt::format("{:.3f}", std::chrono::duration<double>(span).count());
}

Status list_tasks(Connection& connection, const Invocation& invocation,
                  const std::vector<std::string>& operands) {
  Listing listing(invocation.output(),
                  {{"TASK", 48}, {"STATE", 9}, {"EXIT", 4}, {"SECONDS", 9}, {"NODE", 0}});
  DMS_CHECK((*connection.batch)->list_tasks(operands[0], {}, [&](const batch::Task& task) {
    std::string exit_code, node;
    if (task.execution_info) exit_code = number_or_empty(task.execution_info->exit_code);
    if (task.node_info) node = task.node_info->node_id.value_or("");
    listing.add(encode(task), {task.id, state_of(task), exit_code, seconds_of(task), node});
    return ok();
  }));
  listing.finish();
  return ok();
}

void print_execution(const batch::TaskExecutionInfo& info) {
  print_fact("exit code", number_or_empty(info.exit_code));
  print_fact("started", time_or_empty(info.start_time));
  print_fact("ended", time_or_empty(info.end_time));
  if (info.retry_count > 0) print_fact("retries", std::to_string(info.retry_count));
  if (!info.failure_info) return;
  print_fact("failure", fmt::format("{}: {}", info.failure_info->code.value_or(""),
                                    info.failure_info->message.value_or("")));
  for (const auto& detail : info.failure_info->details)
    print_fact("", fmt::format("{}: {}", detail.name, detail.value.value_or("")));
}

Status show_task(Connection& connection, const Invocation& invocation,
                 const std::vector<std::string>& operands) {
  DMS_TRY(const batch::Task task, (*connection.batch)->get_task(operands[0], operands[1]));
  if (invocation.json) {
    fmt::print("{}\n", encode(task));
    return ok();
  }
  print_fact("task", task.id);
  print_fact("state", state_of(task));
  if (task.execution_info) print_execution(*task.execution_info);
  print_fact("seconds", seconds_of(task));
  if (task.node_info) {
    print_fact("node", task.node_info->node_id.value_or(""));
    print_fact("directory", task.node_info->task_root_directory.value_or(""));
  }
  for (const auto& setting : task.environment_settings)
    print_fact("environment", fmt::format("{}={}", setting.name, setting.value.value_or("")));
  print_fact("command line", task.command_line);
  return ok();
}

Status remove_task(Connection& connection, const Invocation& invocation,
                   const std::vector<std::string>& operands) {
  DMS_CHECK((*connection.batch)->delete_task(operands[0], operands[1]));
  if (invocation.json)
    fmt::print("{{\"deleted\":\"{}\"}}\n", operands[1]);
  else
    fmt::print("task {} is deleted\n", operands[1]);
  return ok();
}

struct LogArguments {
  bool error_stream = false;
  std::uint64_t tail = 0;  // 0: everything
};

// Where the last `lines` lines begin; nothing when they may begin before this text.
std::optional<std::size_t> begin_of_tail(std::string_view text, std::uint64_t lines) {
  std::size_t at = text.ends_with('\n') ? text.size() - 1 : text.size();
  while (lines > 0) {
    at = at == 0 ? text.npos : text.rfind('\n', at - 1);
    if (at == text.npos) return std::nullopt;
    --lines;
  }
  return at + 1;
}

// The last lines of a task's file. Reads from the end, twice as much each time, so that the tail of
// a log of gigabytes costs little.
Result<std::string> read_tail(batch::AzureBatch& batch, const std::string& job,
                              const std::string& task, const std::string& file,
                              std::uint64_t lines) {
  DMS_TRY(const batch::FileInfo info, batch.get_task_file_info(job, task, file));
  for (std::uint64_t bytes = 16 * 1024;; bytes *= 2) {
    const std::uint64_t length = std::min(bytes, info.size);
    if (length == 0) return std::string();
    DMS_TRY(std::string text,
            batch.read_task_file_as_string(job, task, file,
                                           {.offset = info.size - length, .length = length}));
    const auto begin = begin_of_tail(text, lines);
    if (begin) return text.substr(*begin);
    if (length == info.size) return text;
  }
}

// A string of JSON for any text.
struct LogJson {
  std::string file;
  std::string text;
  template <class S = LogJson>
  static constexpr auto fields() {
    return std::tuple{required("file", &S::file), required("text", &S::text)};
  }
};

Status logs(Connection& connection, const Invocation& invocation,
            const std::vector<std::string>& operands, const LogArguments& arguments) {
  const std::string file = arguments.error_stream ? "stderr.txt" : "stdout.txt";
  batch::AzureBatch& batch = **connection.batch;
  auto text = arguments.tail > 0 ? read_tail(batch, operands[0], operands[1], file, arguments.tail)
                                 : batch.read_task_file_as_string(operands[0], operands[1], file);
  if (!text) return std::move(text).error();
  if (invocation.json)
    fmt::print("{}\n", encode(LogJson{file, *text}));
  else
    std::fwrite(text->data(), 1, text->size(), stdout);
  return ok();
}

const Operand job_operand{"JOB", "The job's id."};
const Operand task_operand{"TASK", "The task's id."};

void add_logs(CLI::App& noun, Invocation& invocation) {
  auto arguments = std::make_shared<LogArguments>();
  auto* command = add_verb(noun, invocation,
                           {"logs",
                            "Print what a task wrote, while it runs or afterwards.",
                            {job_operand, task_operand}},
                           [arguments](Connection& connection, const Invocation& chosen,
                                       const std::vector<std::string>& operands) {
                             return logs(connection, chosen, operands, *arguments);
                           });
  command->add_flag("--stderr", arguments->error_stream,
                    "The standard error instead of the standard output.");
  command->add_option("--tail", arguments->tail, "Only the last N lines.")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
}

}  // namespace

void add_task_command(CLI::App& app, Invocation& invocation) {
  auto* noun = app.add_subcommand("task", "The tasks of a job: one per run.");
  noun->require_subcommand(1);
  noun->footer(
      "Examples:\n  dmsbatch task list melt\n"
      "  dmsbatch task logs melt TASK --stderr --tail 20\n"
      "  dmsbatch task show melt TASK --json");
  add_verb(*noun, invocation, {"list", "List the tasks of a job.", {job_operand}}, list_tasks);
  add_verb(*noun, invocation, {"show", "Show a task.", {job_operand, task_operand}}, show_task);
  add_verb(*noun, invocation,
           {"delete",
            "Delete a task, also while it runs. The next run of the study makes it anew.",
            {job_operand, task_operand}},
           remove_task);
  add_logs(*noun, invocation);
}

}  // namespace dms::cli
