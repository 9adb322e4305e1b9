// dmsbatch scale: more or fewer workers while their master runs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/connection.h"
#include "models/master/crew_scale.h"

namespace dms::cli {
namespace {

struct ScaleArguments {
  std::string job;
  int count = 0;
};

Status scale(Connection& connection, const Invocation& invocation,
             const ScaleArguments& arguments) {
  DMS_TRY(const models::Scaled scaled,
          models::scale_workers(**connection.batch, arguments.job, arguments.count));
  if (invocation.json) {
    fmt::print("{{\"jobId\":\"{}\",\"workers\":{},\"masterEnded\":{}}}\n", arguments.job,
               arguments.count, scaled.master_ended);
    return ok();
  }
  fmt::print("job {}: {} workers wanted{}; {}\n", arguments.job, arguments.count,
             scaled.before ? fmt::format(", it was {}", *scaled.before) : "",
             scaled.master_ended ? "its master has ended, so none will start before it runs again"
                                 : "the dmsbatch run that watches it sees to that");
  return ok();
}

}  // namespace

void add_scale_command(CLI::App& app, Invocation& invocation) {
  auto* command =
      app.add_subcommand("scale", "Have more or fewer workers while their master runs.");
  command->footer(
      "The number is kept in the job. The \"dmsbatch run\" that watches the study, or the next\n"
      "one, adds workers, or ends the newest. It holds until it is changed, whatever count the\n"
      "study's file has.\n\nExample:\n  dmsbatch scale calibration 40");
  auto arguments = std::make_shared<ScaleArguments>();
  command->add_option("job", arguments->job, "The job's id.")->required()->type_name("JOB");
  command->add_option("count", arguments->count, "How many workers there shall be.")
      ->required()
      ->type_name("COUNT");
  add_client_options(*command, invocation);
  command->callback([arguments, &invocation] {
    invocation.command = [arguments, &invocation] {
      return with_service(invocation, Accounts::batch, [&](Connection& connection) {
        return scale(connection, invocation, *arguments);
      });
    };
  });
}

}  // namespace dms::cli
