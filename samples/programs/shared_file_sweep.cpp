// One large file, brought to each node once, and a sweep of small tasks that read it there.
//
//   sample-shared-file-sweep CONFIG.INI FILE      counts the file's lines, tenth by tenth
#include "batch/directives.h"
#include "samples/programs/account.h"

using namespace dms;

int main(int argc, char** argv) {
  return samples::run(argc, argv, "FILE", [](samples::Account& account, const std::string& file) {
    batch::AzureBatch& batch = **account.batch;
    blob::AzureBlob& blob = *account.blob;
    const std::string job = "sample-shared-file";
    constexpr int parts = 10;

    blob.upload_file_to_container(job, "tide.txt", file).value();
    const std::string inputs = blob.get_container_sas_url(job, {.permissions = "rl"}).value();

    // The preparation task runs on each node before the first task of the job.
    samples::have_pool(batch, 2);
    samples::have_job(batch, job,
                      batch::create_task_copy_file_to_shared_dir(inputs, "tide.txt", "tide.txt"));
    std::vector<batch::Task> tasks;
    for (int part = 0; part < parts; ++part)
      tasks.push_back(batch::create_task(
          "part-" + std::to_string(part),
          batch::wrap_commands_in_shell(
              {"awk -v parts=10 'NR % parts == ENVIRON[\"PART\"] { n++ } END { print n + 0 }' "
               "\"$AZ_BATCH_NODE_SHARED_DIR/tide.txt\""}),
          {.environment = {{.name = "PART", .value = std::to_string(part)}}}));
    const auto ended = batch.submit_tasks_and_wait(job, tasks).value();

    long lines = 0;
    for (const batch::Task& task : tasks)
      lines += std::stol(batch.read_task_file_as_string(job, task.id, "stdout.txt").value());
    std::printf("%ld lines counted by %d tasks\n", lines, parts);
    batch.delete_job(job).value();
    return ended.all_succeeded() ? 0 : 1;
  });
}
