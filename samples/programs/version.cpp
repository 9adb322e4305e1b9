// The smallest program: one task that prints a version.
//
//   sample-version CONFIG.INI
#include "batch/directives.h"
#include "samples/programs/account.h"

using namespace dms;

int main(int argc, char** argv) {
  return samples::run(argc, argv, [](samples::Account& account) {
    batch::AzureBatch& batch = **account.batch;
    const std::string job = "sample-version", task_id = "version";
    samples::have_pool(batch, 1);
    samples::have_job(batch, job);

    const batch::Task task =
        batch::create_task(task_id, batch::wrap_commands_in_shell({"bash --version | sed -n 1p"}));
    const auto ended = batch.submit_tasks_and_wait(job, {task}).value();
    const std::string said = batch.read_task_file_as_string(job, task_id, "stdout.txt").value();
    std::printf("%s", said.c_str());
    batch.delete_job(job).value();
    return ended.all_succeeded() ? 0 : 1;
  });
}
