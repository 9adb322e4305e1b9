#include "models/payload_upload.h"

#include <fmt/format.h>

#include "core/file.h"
#include "models/shared_files.h"

namespace dms::models {
namespace {

// Long enough for a run that waits for days to find its inputs, and to leave its outputs.
constexpr auto signature_lifetime = std::chrono::days(14);

Result<std::string> readable_url(blob::AzureBlob& blob, const std::string& name) {
  return blob.get_blob_sas_url(inputs_container, name,
                               {.permissions = "r", .lifetime = signature_lifetime});
}

Result<std::string> upload_tool(blob::AzureBlob& blob, const NodeTool& tool) {
  const std::string name = "tools/dmsnode-" + tool.sha256;
  DMS_TRY(FileSource file, FileSource::open(tool.path.string()));
  DMS_CHECK(blob.upload_if_absent(inputs_container, name, file)
                .context("uploading " + tool.path.string()));
  return readable_url(blob, name);
}

Result<std::string> upload_inputs(blob::AzureBlob& blob, const PackedInputs& inputs,
                                  NoteListener& listener) {
  const std::string name = fmt::format("inputs/{}.zip", inputs.sha256);
  DMS_TRY(FileSource archive, FileSource::open(inputs.archive.string()));
  DMS_TRY(const auto creation, blob.upload_if_absent(inputs_container, name, archive,
                                                     {.content_type = "application/zip"})
                                   .context("uploading the inputs"));
  listener.note(creation == blob::Creation::created
                    ? "inputs uploaded"
                    : "inputs are in storage already: nothing uploaded");
  return readable_url(blob, name);
}

}  // namespace

Result<TaskPlace> upload_payload(blob::AzureBlob& blob, const PackedInputs& inputs,
                                 const NodeTool& tool, std::string blob_prefix,
                                 NoteListener& listener) {
  DMS_TRY([[maybe_unused]] const auto made, blob.create_container(inputs_container));
  DMS_TRY([[maybe_unused]] const auto results, blob.create_container(results_container));
  TaskPlace place{.tool_sha256 = tool.sha256, .blob_prefix = std::move(blob_prefix)};
  DMS_TRY(place.tool_url, upload_tool(blob, tool));
  if (!inputs.archive.empty()) {
    place.inputs_sha256 = inputs.sha256;
    DMS_TRY(place.inputs_url, upload_inputs(blob, inputs, listener));
  }
  DMS_TRY(place.shared_files,
          upload_shared_files(blob, inputs.shared, signature_lifetime, listener));
  DMS_TRY(place.results_container_url,
          blob.get_container_sas_url(results_container,
                                     {.permissions = "cw", .lifetime = signature_lifetime}));
  return place;
}

}  // namespace dms::models
