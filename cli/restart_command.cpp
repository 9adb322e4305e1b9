// dmsbatch pool restart, and restart-stuck-pool, its name in the Python dmsbatch.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/connection.h"
#include "cli/interrupts.h"
#include "cli/python_names.h"
#include "core/time_span.h"
#include "models/place/restart_pool.h"

namespace dms::cli {
namespace {

struct RestartArguments {
  std::string pool;
  std::string wait = "30m";
  int wait_minutes = 0;  // of the old name; 0: as `wait` says
  std::string node_dealloc = "requeue";
  PythonAccount account;
};

class Lines final : public models::NoteListener {
 public:
  explicit Lines(std::FILE* stream) : stream_(stream) {}
  void note(std::string_view line) override { fmt::print(stream_, "{}\n", line); }

 private:
  std::FILE* stream_;
};

Result<models::PoolRestart> options_of(const RestartArguments& arguments) {
  models::PoolRestart restart;
  const auto option = parse_word<batch::NodeDeallocationOption>(arguments.node_dealloc);
  if (!option)
    return fail(Code::invalid_argument,
                fmt::format("--node-dealloc is requeue, terminate, taskcompletion or retaineddata, "
                            "not '{}'",
                            arguments.node_dealloc));
  restart.running_tasks = *option;
  const auto wait = parse_span(arguments.wait);
  if (!wait)
    return fail(Code::invalid_argument,
                fmt::format("--wait is '{}'; give a time such as 90s or 30m", arguments.wait));
  restart.wait = *wait;
  if (arguments.wait_minutes > 0) restart.wait = std::chrono::minutes(arguments.wait_minutes);
  return restart;
}

Status restart(Connection& connection, const Invocation& invocation,
               const RestartArguments& arguments, std::stop_token stop) {
  DMS_TRY(const models::PoolRestart options, options_of(arguments));
  DMS_CHECK(check_batch_account(arguments.account, connection.config));
  Lines lines(invocation.json ? stderr : stdout);
  DMS_CHECK(models::restart_pool(**connection.batch, invocation.clock, arguments.pool, options,
                                 lines, stop));
  if (invocation.json) fmt::print("{{\"restarted\":\"{}\"}}\n", arguments.pool);
  return ok();
}

void finish(CLI::App& command, Invocation& invocation,
            const std::shared_ptr<RestartArguments>& arguments) {
  command
      .add_option("--node-dealloc", arguments->node_dealloc,
                  "What becomes of running tasks: requeue, terminate, taskcompletion, "
                  "retaineddata.")
      ->capture_default_str()
      ->type_name("WHAT");
  add_client_options(command, invocation);
  command.callback([arguments, &invocation] {
    invocation.command = [arguments, &invocation] {
      const Interrupts interrupts;
      return with_service(
          invocation, Accounts::batch,
          [&](Connection& connection) {
            return restart(connection, invocation, *arguments, interrupts.token());
          },
          interrupts.token());
    };
  });
}

}  // namespace

void add_pool_restart(CLI::App& noun, Invocation& invocation) {
  const auto arguments = std::make_shared<RestartArguments>();
  auto* command = noun.add_subcommand(
      "restart", "Take all nodes from a pool that is stuck, and give it new ones.");
  command->footer(
      "What the pool is to have again, its formula or its nodes, is kept in its metadata until it\n"
      "has it: when this is broken off, the same command goes on.");
  command->add_option("POOL", arguments->pool, "The pool's id.")->required()->type_name("");
  command->add_option("--wait", arguments->wait, "How long for the nodes to be gone.")
      ->capture_default_str()
      ->type_name("TIME");
  finish(*command, invocation, arguments);
}

void add_restart_stuck_pool(CLI::App& app, Invocation& invocation) {
  const auto arguments = std::make_shared<RestartArguments>();
  auto* command = app.add_subcommand("restart-stuck-pool",
                                     "The same as pool restart, as the Python dmsbatch has it.");
  command->add_option("--pool-id", arguments->pool, "The pool's id.")
      ->required()
      ->type_name("POOL");
  command->add_option("--wait-minutes", arguments->wait_minutes, "For the nodes to be gone (30).")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  add_batch_account(*command, arguments->account);
  finish(*command, invocation, arguments);
}

}  // namespace dms::cli
