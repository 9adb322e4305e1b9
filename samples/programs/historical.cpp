// Files in, a model's run, its outputs back: what samples/river does, by hand.
//
//   sample-historical CONFIG.INI FOLDER     the folder of samples/river
#include "batch/directives.h"
#include "samples/programs/account.h"

using namespace dms;

int main(int argc, char** argv) {
  return samples::run(
      argc, argv, "FOLDER", [](samples::Account& account, const std::string& folder) {
        batch::AzureBatch& batch = **account.batch;
        blob::AzureBlob& blob = *account.blob;
        const std::string job = "sample-historical", task_id = "river";

        for (const char* name : {"river.awk", "river.inp", "inflow.csv"})
          blob.upload_file_to_container(job, std::string("inputs/") + name, folder + "/" + name)
              .value();
        const std::string inputs = blob.get_container_sas_url(job, {.permissions = "rl"}).value();
        const std::string outputs = blob.get_container_sas_url(job, {.permissions = "cw"}).value();

        samples::have_pool(batch, 1);
        samples::have_job(batch, job);
        const batch::Task task = batch::create_task(
            task_id,
            batch::wrap_commands_in_shell({"cd inputs", "awk -f river.awk river.inp inflow.csv"}),
            {.resource_files = {batch::create_input_file_spec(inputs, "inputs/")},
             .output_files = {batch::create_output_file_spec("inputs/*.txt", outputs, task_id),
                              batch::create_output_file_spec("../std*.txt", outputs, task_id)}});
        const auto ended = batch.submit_tasks_and_wait(job, {task}).value();

        std::printf("%s", blob.read_blob(job, task_id + "/summary.txt").value().c_str());
        batch.delete_job(job).value();
        return ended.all_succeeded() ? 0 : 1;
      });
}
