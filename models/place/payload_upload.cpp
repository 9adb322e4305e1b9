#include "models/place/payload_upload.h"

#include <fmt/format.h>

#include "core/file.h"
#include "models/place/shared_files.h"
#include "models/place/signature_lifetime.h"

namespace dms::models {
namespace {

Result<std::string> upload_tool(blob::AzureBlob& blob, const NodeTool& tool,
                                const blob::SasRequest& read) {
  const std::string name = "tools/dmsnode-" + tool.sha256;
  DMS_TRY(FileSource file, FileSource::open(tool.path.string()));
  DMS_CHECK(blob.upload_if_absent(inputs_container, name, file)
                .context("uploading " + tool.path.string()));
  return blob.get_blob_sas_url(inputs_container, name, read);
}

Result<std::string> upload_inputs(blob::AzureBlob& blob, const PackedInputs& inputs,
                                  const blob::SasRequest& read, NoteListener& listener) {
  const std::string name = fmt::format("inputs/{}.zip", inputs.sha256);
  DMS_TRY(FileSource archive, FileSource::open(inputs.archive.string()));
  DMS_TRY(const auto creation, blob.upload_if_absent(inputs_container, name, archive,
                                                     {.content_type = "application/zip"})
                                   .context("uploading the inputs"));
  listener.note(creation == blob::Creation::created
                    ? "inputs uploaded"
                    : "inputs are in storage already: nothing uploaded");
  return blob.get_blob_sas_url(inputs_container, name, read);
}

}  // namespace

Result<TaskPlace> upload_payload(blob::AzureBlob& blob, const Study& study,
                                 const PackedInputs& inputs, const NodeTool& tool,
                                 NoteListener& listener) {
  DMS_TRY([[maybe_unused]] const auto made, blob.create_container(inputs_container));
  DMS_TRY([[maybe_unused]] const auto results, blob.create_container(results_container));
  const auto longest = blob.longest_signature();
  const auto tries = all_tries(study.max_wall_clock, study.max_task_retry_count);
  DMS_TRY(const auto lifetime, task_lifetime(tries, longest));
  const auto prepares = preparation_lifetime(tries, longest);
  // Each as narrow as its use: to read one blob, to add and write results.
  const blob::SasRequest read{.permissions = "r", .lifetime = prepares};
  TaskPlace place{.tool_sha256 = tool.sha256, .blob_prefix = study.job_name};
  DMS_TRY(place.tool_url, upload_tool(blob, tool, read));
  if (!inputs.archive.empty()) {
    place.inputs_sha256 = inputs.sha256;
    DMS_TRY(place.inputs_url, upload_inputs(blob, inputs, read, listener));
  }
  DMS_TRY(place.shared_files, upload_shared_files(blob, inputs.shared, prepares, listener));
  DMS_TRY(
      place.results_container_url,
      blob.get_container_sas_url(results_container, {.permissions = "cw", .lifetime = lifetime}));
  return place;
}

}  // namespace dms::models
